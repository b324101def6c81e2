/** Text for HTML, attributes included. Everything that was not written here goes through it. */
export function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}

/** A whole page in the console's own look; `main` is HTML. A `wide` one has room for a table. */
export function page(title: string, main: string, options: { wide?: boolean } = {}): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(title)} · Munim</title>
<link rel="icon" href="/ops/assets/mark.svg" type="image/svg+xml">
<link rel="stylesheet" href="/ops/assets/console.css">
</head>
<body>
<main class="sheet${options.wide === true ? ' wide' : ''}">
<header class="brand"><img src="/ops/assets/mark.svg" alt="" width="36" height="36"><div><p class="name">Munim</p><p class="place">Operations</p></div></header>
${main}
</main>
</body>
</html>
`;
}
