/** How the report page looks, by day and by night. */
export const pageStyle = `
:root { color-scheme: light dark;
  --page: light-dark(#ffffff, #16181c); --raised: light-dark(#f6f7f9, #1e2126); --line: light-dark(#d9dde3, #343941);
  --text: light-dark(#1b1f24, #e6e8eb); --quiet: light-dark(#57606a, #a3abb5); --accent: light-dark(#0b5cad, #7cb8ff);
  --passed: light-dark(#1a6b34, #5fd38a); --failed: light-dark(#b3261e, #ff8f87); --warn: light-dark(#7a4b00, #f0b955);
  --chosen: light-dark(#dcebfb, #22364d); }
* { box-sizing: border-box; }
[hidden] { display: none !important; }
html, body { height: 100%; margin: 0; }
body { display: flex; flex-direction: column; background: var(--page); color: var(--text);
  font: 14px/1.45 system-ui, sans-serif; font-variant-numeric: tabular-nums; }
header { padding: 16px 24px 0; } h1 { font-size: 20px; margin: 0; overflow-wrap: anywhere; } header p { margin: 2px 0 0; color: var(--quiet); }
main { display: flex; flex-direction: column; flex: 1; min-height: 0; padding: 12px 24px 16px; gap: 12px; }
#sums { display: flex; flex-wrap: wrap; gap: 8px 28px; align-items: start; }
#sums dl { display: flex; flex-wrap: wrap; gap: 8px 28px; margin: 0; } dt { color: var(--quiet); font-size: 12px; } dd { margin: 0; font-size: 18px; font-weight: 600; }
#sums table { border-collapse: collapse; } #sums th, #sums td { padding: 2px 12px 2px 0; text-align: left; font-weight: 400; } #sums th { color: var(--quiet); font-size: 12px; }
#results { display: flex; flex-direction: column; flex: 1; min-height: 0; gap: 8px; }
#filters { display: flex; flex-wrap: wrap; gap: 8px 20px; align-items: center; }
fieldset { border: 0; margin: 0; padding: 0; display: flex; flex-wrap: wrap; gap: 4px 14px; } legend { float: left; margin-right: 10px; padding: 0; color: var(--quiet); }
input[type=search], select, button { font: inherit; color: inherit; background: var(--page); border: 1px solid var(--quiet); border-radius: 6px; padding: 4px 8px; }
.search input { width: 260px; max-width: 60vw; } select { max-width: 220px; } output { margin-left: auto; color: var(--quiet); }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 1px; }
#panes { display: grid; grid-template-columns: minmax(0, 3fr) minmax(0, 2fr); gap: 16px; flex: 1; min-height: 0; }
#table { display: flex; flex-direction: column; min-height: 0; border: 1px solid var(--line); border-radius: 8px; overflow: hidden; }
#heading, .row { display: grid; grid-template-columns: 22px minmax(0, 1fr) minmax(60px, 170px) 56px 72px 84px; gap: 10px; padding: 0 12px; align-items: center; }
#heading { background: var(--raised); color: var(--quiet); font-size: 12px; height: 30px; border-bottom: 1px solid var(--line); overflow: hidden; scrollbar-gutter: stable; }
#list { position: relative; overflow-y: auto; scrollbar-gutter: stable; flex: 1; min-height: 160px; } #space { position: relative; }
.row { position: absolute; left: 0; right: 0; height: 34px; cursor: pointer; border-bottom: 1px solid var(--line); }
.row:hover { background: var(--raised); } .row[aria-selected=true] { background: var(--chosen); }
.row span { white-space: nowrap; overflow: hidden; text-overflow: ellipsis; } .row small { color: var(--quiet); font-size: 12px; } .number { text-align: right; }
.passed { color: var(--passed); } .failed, .error { color: var(--failed); } .unscored, .regression { color: var(--warn); } .skipped, .quiet { color: var(--quiet); }
#empty { padding: 16px; margin: 0; }
#detail { overflow: auto; border: 1px solid var(--line); border-radius: 8px; padding: 12px 16px; }
#detail h2 { font-size: 16px; margin: 0 0 4px; overflow-wrap: anywhere; } #detail h3 { font-size: 13px; margin: 16px 0 4px; color: var(--quiet); font-weight: 600; }
pre { margin: 4px 0; padding: 8px 10px; background: var(--raised); border-radius: 6px; white-space: pre-wrap; overflow-wrap: anywhere; font: 12.5px/1.5 ui-monospace, monospace; }
#detail ul { list-style: none; margin: 0; padding: 0; } #detail li { padding: 8px 0; border-top: 1px solid var(--line); } #detail li ul { margin-left: 16px; }
@media (max-width: 900px) { html, body { height: auto; } #panes { grid-template-columns: minmax(0, 1fr); } #list { height: 60vh; flex: none; }
  main, header { padding-left: 12px; padding-right: 12px; } #heading, .row { grid-template-columns: 18px minmax(0, 1fr) 80px 48px; gap: 8px; } #heading span:nth-child(n+5), .row span:nth-child(n+5) { display: none; } }
`
