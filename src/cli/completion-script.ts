import type { Command } from 'commander';

type Shell = 'bash' | 'zsh' | 'fish';

interface Node {
  /** Words from the program's name to this command, such as `sandbox start`. */
  path: string;
  words: { word: string; summary: string }[];
}

/** A script made from the command tree itself, so that it cannot fall behind it. It never runs batchctl. */
export function completionScript(shell: Shell, program: Command): string {
  const nodes = collect(program);
  switch (shell) {
    case 'bash': return bash(nodes);
    case 'zsh': return zsh(nodes);
    case 'fish': return fish(nodes);
  }
}

function collect(program: Command): Node[] {
  const global = program.options.filter((option) => option.long).map((option) => ({ word: option.long as string, summary: option.description }));
  const visit = (command: Command, path: string): Node[] => {
    const own = command === program ? [] : command.options.filter((option) => option.long).map((option) => ({ word: option.long as string, summary: option.description }));
    const children = command.commands.map((child) => ({ word: child.name(), summary: child.summary() || child.description() }));
    return [{ path, words: [...children, ...own, ...global, { word: '--help', summary: 'show help' }] }, ...command.commands.flatMap((child) => visit(child, `${path} ${child.name()}`.trim()))];
  };
  return visit(program, '');
}

/** Finds the deepest command among the words before the cursor; flags in between do not matter. (`path` is zsh's own.) */
const findPath = (lookup: string): string => `
  local at="" word candidate
  for word in "\${words_before[@]}"; do
    candidate="\${at:+$at }$word"
    case "|${lookup}|" in *"|$candidate|"*) at="$candidate" ;; esac
  done`;

function bash(nodes: Node[]): string {
  const cases = nodes.map((node) => `    ${quote(node.path)}) candidates=${quote(node.words.map((each) => each.word).join(' '))} ;;`).join('\n');
  return `# batchctl completion for bash
_batchctl() {
  local current="\${COMP_WORDS[COMP_CWORD]}" candidates=""
  local words_before=("\${COMP_WORDS[@]:1:COMP_CWORD-1}")${findPath(paths(nodes))}
  case "$at" in
${cases}
  esac
  COMPREPLY=($(compgen -W "$candidates" -- "$current"))
}
complete -o default -F _batchctl batchctl
`;
}

function zsh(nodes: Node[]): string {
  const cases = nodes.map((node) => `    ${quote(node.path)}) candidates=(${node.words.map((each) => quote(`${each.word.replaceAll(':', '\\:')}:${each.summary}`)).join(' ')}) ;;`).join('\n');
  return `#compdef batchctl
_batchctl() {
  local -a candidates words_before
  words_before=("\${(@)words[2,CURRENT-1]}")${findPath(paths(nodes))}
  case "$at" in
${cases}
  esac
  _describe batchctl candidates
  _files
}
compdef _batchctl batchctl
`;
}

function fish(nodes: Node[]): string {
  const lines = nodes.flatMap((node) => {
    const words = node.path === '' ? [] : node.path.split(' ');
    const children = nodes.filter((other) => other.path.startsWith(node.path === '' ? '' : `${node.path} `) && other.path.split(' ').filter(Boolean).length === words.length + 1);
    const inside = words.map((word) => `__fish_seen_subcommand_from ${word}`);
    const notDeeper = children.length > 0 ? [`not __fish_seen_subcommand_from ${children.map((child) => child.path.split(' ').at(-1)).join(' ')}`] : [];
    const condition = [...inside, ...notDeeper].join('; and ');
    return node.words.map(({ word, summary }) => {
      const what = word.startsWith('--') ? `-l ${word.slice(2)}` : `-f -a ${word}`;
      return `complete -c batchctl${condition ? ` -n ${quote(condition)}` : ''} ${what} -d ${quote(summary)}`;
    });
  });
  return `# batchctl completion for fish\n${lines.join('\n')}\n`;
}

function paths(nodes: Node[]): string {
  return nodes.map((node) => node.path).filter(Boolean).join('|');
}

/** Single quotes, which all three shells take literally; an apostrophe inside is written so that all three agree. */
function quote(text: string): string {
  return `'${text.replaceAll("'", "'\"'\"'")}'`;
}
