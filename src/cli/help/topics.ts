/** Texts of `batchctl help TOPIC`. What they say is part of the contract with users and scripts. */
export const topics: Record<string, string> = {
  'exit-codes': `
Exit codes

   0  done and verified (also: there was nothing to do)
   1  failed; the state is known and was printed
   2  usage or configuration
   3  refused by a guardrail, and nothing was touched: no-go, insufficient data, missing confirmation, stale plan,
      another operation holds the lock, an input that is no CSV
   4  credentials or permission
   5  cancelled by the operator before any change
   6  interrupted, or the outcome is unknown: the command that resumes is printed
   7  done, with exceptions: jobs are parked or failed, and are named
  10  status --exit-code: degraded
  11  status --exit-code: a failover is advised

The first Ctrl-C stops at the next safe point. The second leaves at once, with 6.
`,
  environment: `
Environment

  BATCHCTL_DEPLOYMENT   the deployment to use, as with -d
  BATCHCTL_CONFIG       a deployment file, or a folder of them, as with --config
  XDG_CONFIG_HOME       deployment files lie in $XDG_CONFIG_HOME/batchctl (default ~/.config/batchctl)
  XDG_STATE_HOME        journals and sandboxes lie in $XDG_STATE_HOME/batchctl (default ~/.local/state/batchctl)
  NO_COLOR              any value: no colour, as with --no-color
  FORCE_COLOR           colour even when the output is not a terminal
  TERM=dumb             neither colour nor animation

A deployment without "credentials" is signed for by the AWS SDK's usual chain: AWS_PROFILE, AWS_ACCESS_KEY_ID, the
shared configuration, a role of the host. During a failover, prefer long-lived credentials that need neither IAM
Identity Center nor the global STS endpoint: both may be in the Region that is failing. Uploads and links do not take
a session of the global STS endpoint at all: set AWS_STS_REGIONAL_ENDPOINTS=regional where you sign in.

A sandbox is signed for with its own keys alone, from its deployment file or AWS_ACCESS_KEY_ID, and a deployment on AWS
never with a sandbox's. AWS_ENDPOINT_URL leads no command anywhere else.
`,
  output: `
Output

  -o human    for people (default). Results on stdout; progress, prompts and warnings on stderr.
  -o json     one document on stdout, at the end.
  -o ndjson   a line for every event as it happens, then one line of type "result" or "error".

Every document carries "schemaVersion". Fields may be added, never renamed or removed: ignore what you do not know.
A failure keeps the chosen format:

  {"schemaVersion":1,"error":{"code":"CONFIG_MISSING","message":"…","nextSteps":["…"]}}

A JSON Schema of each document: batchctl help schema COMMAND, such as batchctl help schema status.

Codes are stable. Unknown values are null, never zero. Times are UTC, in ISO 8601.
`,
  concepts: `
Concepts

  deployment   one installation of the pipeline, described by one file
  job          one version of one input file; its id follows from key and version
  part         one slice of a job; a finished part is kept when the job moves
  ledger       one table, strongly consistent over both Regions and a witness; it alone decides who may work
  epoch        a number in the ledger that each move raises by one
  fence        the one write that raises the epoch: what an older epoch commits later is refused
  claim        a job's mark of who runs it: epoch, Region and attempt
  commit       the one conditional write that makes an output the job's output, at most once
  park         an accepted job whose input has not reached the Region that should run it; it starts when it arrives
  re-drive     start an unfinished job again in another Region, keeping its finished parts
  graceful     drain, wait for replication, then move; nothing is left behind
  ungraceful   fence now; what the target does not hold is counted, named, and has to be accepted
  RPO, RTO     what a move leaves behind; how long it takes
`,
};
