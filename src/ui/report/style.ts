/** Reads on a screen, in the dark, and on paper. System fonts only: nothing is fetched. */
export const reportStyle = `
:root{--ink:#1b2430;--soft:#5a6675;--line:#d7dde5;--page:#fff;--panel:#f5f7fa;--good:#18703d;--warn:#8a5a00;--bad:#b3261e;--detect:#b3261e;--decide:#8a5a00;--move:#1f5fa8;--verify:#18703d}
@media (prefers-color-scheme:dark) and (not print){:root{--ink:#e6ebf2;--soft:#9aa7b6;--line:#344050;--page:#11161d;--panel:#1a212b;--good:#63c98e;--warn:#e0b050;--bad:#ff8a80;--detect:#ff8a80;--decide:#e0b050;--move:#7db4f0;--verify:#63c98e}}
*{box-sizing:border-box}
body{margin:0 auto;padding:2rem 1.5rem;max-width:70rem;background:var(--page);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif}
h1{margin:.1rem 0 .4rem;font-size:1.6rem;line-height:1.25;overflow-wrap:anywhere}
h2{margin:2rem 0 .5rem;padding-bottom:.25rem;font-size:1.1rem;border-bottom:1px solid var(--line)}
p{margin:.3rem 0;overflow-wrap:anywhere}
code{font:13px ui-monospace,Menlo,Consolas,"DejaVu Sans Mono",monospace}
.kicker,footer{color:var(--soft);font-size:.85rem}
.kicker{letter-spacing:.06em;text-transform:uppercase;margin:0}
footer{margin-top:2rem;border-top:1px solid var(--line);padding-top:.6rem}
.badge{display:inline-block;padding:.05rem .6rem;border:1px solid currentColor;border-radius:1rem;font-weight:600}
.good{color:var(--good)}.warn{color:var(--warn)}.bad{color:var(--bad)}
.figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(13rem,1fr));gap:.8rem;margin:1.2rem 0}
.figure{background:var(--panel);border:1px solid var(--line);border-left:4px solid var(--soft);border-radius:.4rem;padding:.6rem .9rem;color:var(--ink)}
.figure.good{border-left-color:var(--good)}.figure.bad{border-left-color:var(--bad)}
.figure p{margin:0}.label,.note{color:var(--soft);font-size:.85rem}.value{font-size:1.5rem;font-weight:650}
.table{overflow-x:auto;margin:.6rem 0}
table{border-collapse:collapse;width:100%;font-size:.87rem}
th,td{text-align:left;vertical-align:top;padding:.3rem .8rem .3rem 0;border-bottom:1px solid var(--line);overflow-wrap:break-word}
th{color:var(--soft);font-weight:600;white-space:nowrap}
td:first-child{white-space:nowrap}
svg{display:block;width:100%;height:auto;margin:.8rem 0;background:var(--panel);border:1px solid var(--line);border-radius:.4rem}
svg text{font:12px system-ui,"DejaVu Sans",sans-serif;fill:var(--ink)}
svg .soft{fill:var(--soft)}svg .grid{stroke:var(--line)}svg .fence{stroke:var(--bad);stroke-dasharray:4 3}
svg .detect{fill:var(--detect)}svg .decide{fill:var(--decide)}svg .move{fill:var(--move)}svg .verify{fill:var(--verify)}
svg .done{fill:var(--move)}svg .warned{fill:var(--decide)}svg .failed{fill:var(--bad)}svg .skipped,svg .pending,svg .running{fill:var(--soft)}
svg .redriven{fill:var(--move)}svg .already{fill:var(--verify)}svg .adopted{fill:var(--soft)}svg .parked{fill:var(--decide)}
article+article{margin-top:4rem}
@media print{body{max-width:none;padding:0;font-size:11px}article{break-before:page}article:first-of-type{break-before:auto}h2{break-after:avoid}tr,svg,.figure{break-inside:avoid}svg,.figure{-webkit-print-color-adjust:exact;print-color-adjust:exact}.table{overflow:visible}td:first-child{white-space:normal}}
`.trim();
