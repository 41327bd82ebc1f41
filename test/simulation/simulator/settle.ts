/** Work that the event loop has given to threads: files being read, hashes and compression. */
const atWork = /^(FSReq|FSReqCallback|FSReqPromise|HASHREQUEST|ZLIB|RANDOMBYTESREQUEST|SIGNREQUEST|WORKER)/i;

/**
 * Lets everything that is already running come to its next wait. Two turns of the event loop do what two dozen do,
 * because calls hop between promises and ticks, and a turn drains both. What really runs elsewhere (an SDK reads its
 * configuration files once a process) is waited for, or the same seed would not go the same way twice.
 */
export async function settle(): Promise<void> {
  do {
    await turn();
    await turn();
  } while (process.getActiveResourcesInfo().some((name) => atWork.test(name)));
}

function turn(): Promise<void> {
  return new Promise((resolve) => { setImmediate(resolve); });
}
