// Tables that sort, filter and download; plots that download. Without this script the page reads as completely.
"use strict";

const FILTER_ABOVE = 8; // rows
const ROWS_AT_ONCE = 200; // laying out more makes sorting slow
const PNG_SCALE = 3;
const TITLE = 26; // height of the line above a saved plot
const PLOT_STYLES = [
  "fill", "fill-opacity", "stroke", "stroke-width", "stroke-opacity", "stroke-linecap", "stroke-dasharray", "opacity",
  "font-family", "font-size", "font-weight", "font-style", "text-anchor", "dominant-baseline",
];
const SVG = "http://www.w3.org/2000/svg";
const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });

function element(tag, properties, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

function button(text, label, action) {
  const made = element("button", { type: "button", textContent: text, ariaLabel: label });
  made.addEventListener("click", action);
  return made;
}

function download(name, type, content) {
  const blob = content instanceof Blob ? content : new Blob([content], { type });
  const link = element("a", { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

// ---- what a table holds

const shown = (cell) => cell.textContent.trim().replace(/\s+/g, " ");

/** A finite number as written in a data attribute, or null. */
function parsed(written) {
  return written?.trim() && Number.isFinite(Number(written)) ? Number(written) : null;
}

/** The number behind a cell, null where it is missing; the text of a cell that has no number. */
function value(cell) {
  return cell.dataset.value === undefined ? shown(cell) : parsed(cell.dataset.value);
}

function columnsOf(table) {
  const cells = [...table.tBodies[0].rows].map((row) => [...row.cells]);
  return [...table.tHead.rows[0].cells].map((heading, index) => ({
    heading,
    index,
    key: heading.dataset.key ?? shown(heading),
    numeric: cells.some((row) => row[index].dataset.value !== undefined),
    ranged: cells.some((row) => row[index].dataset.low !== undefined),
  }));
}

const dataRows = (table) => [...table.tBodies[0].rows, ...(table.tFoot?.rows ?? [])];

/** Keys and rows of values at full precision; an interval takes two columns of its own. */
function contents(table, columns) {
  const keys = columns.flatMap(({ key, ranged }) => (ranged ? [key, `${key}_low`, `${key}_high`] : [key]));
  const rows = dataRows(table).map((row) =>
    columns.flatMap(({ index, ranged }) => {
      const cell = row.cells[index];
      return ranged ? [value(cell), parsed(cell.dataset.low), parsed(cell.dataset.high)] : [value(cell)];
    }),
  );
  return { keys, rows };
}

// ---- formats

/** A CSV cell; text that a spreadsheet would run as a formula gets an apostrophe. */
function csvCell(content) {
  let text = String(content ?? "");
  if (/^[=+\-@\t\r]/.test(text) && parsed(text) === null) text = `'${text}`;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function asCsv(table, columns) {
  const { keys, rows } = contents(table, columns);
  return [keys, ...rows].map((row) => row.map(csvCell).join(",") + "\r\n").join("");
}

function asJson(table, columns) {
  const { keys, rows } = contents(table, columns);
  const records = rows.map((row) => Object.fromEntries(row.map((content, i) => [keys[i], content])));
  return JSON.stringify(records, null, 2) + "\n";
}

const LATEX = {
  "\\": "\\textbackslash{}", "~": "\\textasciitilde{}", "^": "\\textasciicircum{}", "–": "--", "[": "{[}", "]": "{]}",
  "<": "\\textless{}", ">": "\\textgreater{}", "|": "\\textbar{}", '"': "\\textquotedbl{}",
};

const latexText = (text) => text.replace(/[\\&%$#_{}~^–[\]<>|"]/g, (sign) => LATEX[sign] ?? `\\${sign}`);

/** A booktabs tabular of what is shown: rounded numbers, as a paper prints them. */
function asLatex(table, columns) {
  const line = (cells) => `${cells.map((cell) => latexText(shown(cell))).join(" & ")} \\\\`;
  const body = [...table.tBodies[0].rows].map((row) => line([...row.cells]));
  const foot = [...(table.tFoot?.rows ?? [])].map((row) => line([...row.cells]));
  return [
    "% \\usepackage{booktabs} and \\usepackage[T1]{fontenc}",
    `\\begin{tabular}{${columns.map(({ numeric }) => (numeric ? "r" : "l")).join("")}}`,
    "\\toprule", line(columns.map(({ heading }) => heading)), "\\midrule", ...body,
    ...(foot.length ? ["\\midrule", ...foot] : []),
    "\\bottomrule", "\\end{tabular}", "",
  ].join("\n");
}

const TABLE_FORMATS = [
  ["CSV", "csv", "text/csv", asCsv],
  ["JSON", "json", "application/json", asJson],
  ["LaTeX", "tex", "application/x-tex", asLatex],
];

// ---- sort and filter

const missing = (key) => key === null || key === "";

/** Sort the rows by a column, the other way round if it is sorted already; numbers start with the largest. */
function sort(table, columns, { heading, index, numeric }) {
  const first = numeric ? "descending" : "ascending";
  const direction = heading.ariaSort !== first ? first : numeric ? "ascending" : "descending";
  const sign = direction === "ascending" ? 1 : -1;
  const compare = numeric ? (a, b) => a - b : collator.compare;
  const keyed = [...table.tBodies[0].rows].map((row) => {
    const key = value(row.cells[index]);
    return { row, key: numeric && typeof key !== "number" ? null : key };
  });
  keyed.sort((a, b) => missing(a.key) - missing(b.key) || (missing(a.key) ? 0 : sign * compare(a.key, b.key)));
  for (const column of columns) column.heading.ariaSort = column.heading === heading ? direction : null;
  table.tBodies[0].replaceChildren(...keyed.map(({ row }) => row));
}

function addSorting(table, columns, show) {
  for (const column of columns) {
    const made = element("button", { type: "button", className: "sort" }, ...column.heading.childNodes);
    made.addEventListener("click", () => {
      sort(table, columns, column);
      show();
    });
    column.heading.append(made);
  }
}

/** A field that keeps the rows with all its words, a live count, and a button for the rows of a very long table. */
function addFilter(table) {
  const body = table.tBodies[0];
  const texts = new Map([...body.rows].map((row) => [row, [...row.cells].map(shown).join(" ").toLowerCase()]));
  const input = element("input", { type: "search", autocomplete: "off", spellcheck: false });
  const count = element("span", { className: "count", role: "status" });
  let limit = ROWS_AT_ONCE;
  const show = () => {
    const words = input.value.toLowerCase().split(/\s+/);
    let kept = 0;
    for (const row of body.rows) {
      row.hidden = !words.every((word) => texts.get(row).includes(word));
      row.classList.toggle("beyond", !row.hidden && ++kept > limit);
    }
    const of = kept === texts.size ? "" : ` of ${texts.size}`;
    count.textContent = `${kept}${of} rows${kept > limit ? `, first ${limit} shown` : ""}`;
    more.hidden = kept <= limit;
  };
  const more = button("Show all rows", `Show all rows of ${table.parentElement.ariaLabel}`, () => {
    limit = Infinity;
    show();
    table.parentElement.focus(); // the button is gone
  });
  input.addEventListener("input", show);
  show();
  return { filter: element("span", { className: "filter" }, element("label", {}, "Filter ", input), count, more), show };
}

// ---- plots

function drawn(tag, attributes) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, content] of Object.entries(attributes)) made.setAttribute(name, content);
  return made;
}

/** The plot as a document of its own: below its title, styles of the page written into it, on white. */
function standalone(svg, title) {
  const copy = svg.cloneNode(true);
  const originals = [svg, ...svg.querySelectorAll("*")];
  [copy, ...copy.querySelectorAll("*")].forEach((node, i) => {
    if (!(node instanceof SVGGraphicsElement)) return;
    const styles = getComputedStyle(originals[i]);
    for (const property of PLOT_STYLES) node.style.setProperty(property, styles.getPropertyValue(property));
  });
  const { x, y: top, width, height: below } = svg.viewBox.baseVal;
  const y = top - TITLE;
  const height = below + TITLE;
  const size = Math.min(14, (1.7 * width) / title.length); // one line, however long the title
  const heading = drawn("text", {
    x: x + 4, y: y + 17, fill: "#1d2733", "font-size": size, "font-weight": "bold", "font-family": getComputedStyle(svg).fontFamily,
  });
  heading.textContent = title;
  copy.prepend(drawn("rect", { x, y, width, height, fill: "#fff" }), heading);
  copy.setAttribute("viewBox", `${x} ${y} ${width} ${height}`);
  copy.setAttribute("width", width);
  copy.setAttribute("height", height);
  return { source: new XMLSerializer().serializeToString(copy), width, height };
}

async function asPng(svg, title) {
  const { source, width, height } = standalone(svg, title);
  const image = element("img", { src: `data:image/svg+xml;charset=utf-8,${encodeURIComponent(source)}` });
  await image.decode();
  const canvas = element("canvas", { width: PNG_SCALE * width, height: PNG_SCALE * height });
  canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
}

// ---- the page

function enhanceTable(table) {
  const columns = columnsOf(table);
  const region = table.parentElement;
  const { name } = table.dataset;
  const downloads = TABLE_FORMATS.map(([text, ending, type, format]) =>
    button(text, `${text}: download ${region.ariaLabel}`, () => {
      download(`${name}.${ending}`, type, format(table, columns));
    }),
  );
  const { filter, show } = table.tBodies[0].rows.length > FILTER_ABOVE ? addFilter(table) : { filter: "", show() {} };
  region.before(element("div", { className: "toolbar" }, filter, element("span", { className: "downloads" }, ...downloads)));
  addSorting(table, columns, show);
}

function enhancePlot(figure) {
  const svg = figure.querySelector("svg");
  const { name } = figure.dataset;
  const title = figure.querySelector("figcaption").textContent;
  const asSvg = () => download(`${name}.svg`, "image/svg+xml", standalone(svg, title).source);
  const toPng = async () => download(`${name}.png`, "image/png", await asPng(svg, title));
  const buttons = [button("SVG", `SVG: download plot ${title}`, asSvg), button("PNG", `PNG: download plot ${title}`, toPng)];
  figure.append(element("div", { className: "toolbar" }, ...buttons));
}

document.querySelectorAll("table.data").forEach(enhanceTable);
document.querySelectorAll("figure.plot").forEach(enhancePlot);

const closed = () => document.querySelectorAll("details:not([open])");
let opened = [];
addEventListener("beforeprint", () => (opened = [...closed()]).forEach((details) => (details.open = true)));
addEventListener("afterprint", () => opened.forEach((details) => (details.open = false)));
