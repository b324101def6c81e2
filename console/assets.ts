/**
 * The console's own style sheet and mark: text in code, so the build copies nothing and the CSP allows no
 * other site.
 */

/** A ledger page: two columns and a red line under the total. */
export const MARK = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 36 36" role="img" aria-label="Munim">
<rect width="36" height="36" rx="8" fill="#12463f"/>
<path d="M10 9.5h16M10 15h7M10 20h7M22 15h4M22 20h4" stroke="#f4efe2" stroke-width="2" stroke-linecap="round"/>
<path d="M10 26.5h16" stroke="#e2725b" stroke-width="2.5" stroke-linecap="round"/>
</svg>
`;

export const STYLE = `
:root {
  --ground: #eef1ec; --sheet: #ffffff; --ink: #17231f; --soft: #57655f; --line: #b9c5be;
  --ruling: #dfe5e0; --accent: #12463f; --accent-ink: #ffffff;
  --alert: #9b2c1d; --alert-ground: #fbeae6; --ring: #2f8f7f; --rule: #e2725b;
  font-family: "IBM Plex Sans", system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #101614; --sheet: #18211e; --ink: #e8eeea; --soft: #a2b0a9; --line: #46554e;
    --ruling: #1a2320; --accent: #7cc9b8; --accent-ink: #0d1d19;
    --alert: #ffb4a5; --alert-ground: #3a1d18; --ring: #7cc9b8;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 1.5rem;
  color: var(--ink); line-height: 1.5;
  background: var(--ground); background-image: linear-gradient(var(--ruling) 1px, transparent 1px);
  background-size: 100% 2.25rem;
}
.sheet {
  width: 100%; max-width: 25rem; background: var(--sheet); border: 1px solid var(--line);
  border-top: 4px solid var(--rule); border-radius: 10px;
  padding: 2.25rem 2rem 2rem; box-shadow: 0 18px 40px -24px rgb(0 0 0 / 45%);
}
.brand { display: flex; align-items: center; gap: .85rem; margin-bottom: 1.75rem; }
.brand p { margin: 0; }
.name { font-size: 1.2rem; font-weight: 650; letter-spacing: .01em; line-height: 1.2; }
.place { color: var(--soft); font-size: .875rem; line-height: 1.3; }
h1 { font-size: 1.35rem; line-height: 1.3; margin: 0 0 1.25rem; font-weight: 600; }
label { display: block; font-size: .9rem; font-weight: 550; margin: 0 0 .35rem; }
input {
  width: 100%; font: inherit; color: inherit; background: transparent;
  border: 1px solid var(--line); border-radius: 7px; padding: .6rem .75rem; margin-bottom: 1.1rem;
}
input:hover { border-color: var(--soft); }
input:focus-visible, button:focus-visible, a:focus-visible {
  outline: 3px solid var(--ring); outline-offset: 2px;
}
button {
  width: 100%; font: inherit; font-weight: 600; color: var(--accent-ink); background: var(--accent);
  border: 1px solid var(--accent); border-radius: 7px; padding: .7rem 1rem;
  margin-top: .4rem; cursor: pointer;
}
button:hover { filter: brightness(1.12); }
.problem {
  color: var(--alert); background: var(--alert-ground); border-radius: 7px; padding: .7rem .85rem;
  margin: 0 0 1.25rem; font-size: .925rem;
}
.note { color: var(--soft); font-size: .85rem; margin: 1.4rem 0 0; }
dl { display: grid; grid-template-columns: auto 1fr; gap: .35rem 1.25rem; margin: 0 0 1.5rem; }
dt { color: var(--soft); }
dd { margin: 0; overflow-wrap: anywhere; }
a { color: var(--accent); }
.wide { max-width: 90rem; align-self: start; }
.wide form { display: flex; flex-wrap: wrap; gap: .75rem; align-items: end; margin-bottom: 1.25rem; }
.wide form div { flex: 1 1 9rem; }
.wide form input { margin-bottom: 0; }
.wide form button { width: auto; margin: 0; }
nav { display: flex; flex-wrap: wrap; gap: .4rem 1.25rem; margin: -.6rem 0 1.5rem; font-size: .925rem; }
table { border-collapse: collapse; width: 100%; font-size: .85rem; }
th, td {
  text-align: left; vertical-align: top; padding: .4rem .6rem .4rem 0; border-bottom: 1px solid var(--ruling);
  white-space: nowrap;
}
td.long { white-space: normal; overflow-wrap: anywhere; }
time { white-space: nowrap; }
th { color: var(--soft); font-weight: 550; }
td.number { font-variant-numeric: tabular-nums; }
@media (max-width: 60rem) {
  body { padding: .75rem; }
  .sheet { padding: 1.5rem 1rem; }
  .wide form div { flex-basis: 100%; }
  table, tbody, tr, td { display: block; width: 100%; }
  thead { display: none; }
  tr { border: 1px solid var(--line); border-radius: 7px; padding: .5rem .75rem; margin-bottom: .75rem; }
  td {
    display: grid; grid-template-columns: 8.5rem 1fr; gap: .5rem; padding: .2rem 0; border: 0;
    white-space: normal; overflow-wrap: anywhere;
  }
  td:empty { display: none; }
  td::before { content: attr(data-label); color: var(--soft); }
  dl { grid-template-columns: 1fr; gap: 0; }
  dd { margin-bottom: .5rem; }
}
pre { background: var(--ruling); border-radius: 7px; padding: .8rem; overflow-x: auto; font-size: .85rem; }
h2 { font-size: 1.05rem; margin: 1.4rem 0 .5rem; }
.back { display: inline-block; margin-top: 1.1rem; font-size: .925rem; }
`;
