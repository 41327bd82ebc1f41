/** Leaves room under the 255 bytes that file systems give a name. */
const maxBytes = 200;

/**
 * What would lead out of a folder, hide, be read as a flag, or look like another name. The end of a key is whatever
 * somebody called a file; on this machine it may only ever name a file in the folder that was asked for.
 */
const unsafe = /[\p{Cc}\p{Cs}/\\:\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ufffd]/gu;

/** The last part of an object key as a name for a local file; `fallback` when nothing of it can be used. */
export function fileNameOf(key: string, fallback: string): string {
  const last = key.slice(key.lastIndexOf('/') + 1).replace(unsafe, '_').replace(/^[.\-~]+/, '');
  return shortened(last) || fallback;
}

/** Cut at whole characters, keeping the ending. */
function shortened(name: string): string {
  if (Buffer.byteLength(name) <= maxBytes) return name;
  const dot = name.lastIndexOf('.');
  const ending = dot > 0 && Buffer.byteLength(name.slice(dot)) <= 10 ? name.slice(dot) : '';
  let kept = '';
  let bytes = Buffer.byteLength(ending);
  for (const character of name) {
    bytes += Buffer.byteLength(character);
    if (bytes > maxBytes) break;
    kept += character;
  }
  return kept + ending;
}
