// The try-out page: made from openapi.json, nothing else. Text is only ever set as text.
"use strict";

const make = (tag, attributes = {}, ...children) => {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
};

const resolved = (spec, schema) =>
  schema && schema.$ref ? schema.$ref.slice(2).split("/").reduce((found, name) => found[name], spec) : schema || {};

// An example body: required fields and what is simple, so that it can be edited rather than typed.
function example(spec, given, depth = 0) {
  const schema = resolved(spec, given);
  const type = Array.isArray(schema.type) ? schema.type[0] : schema.type;
  if (schema.default !== undefined) return schema.default;
  if (schema.enum) return schema.enum[0];
  if (type === "array") return depth > 4 ? [] : [example(spec, schema.items, depth + 1)];
  if (schema.properties) {
    const names = Object.keys(schema.properties).filter((name) => (schema.required || []).includes(name));
    return Object.fromEntries(names.map((name) => [name, example(spec, schema.properties[name], depth + 1)]));
  }
  return { integer: 0, boolean: false, object: {} }[type] ?? "";
}

let counter = 0;
function field(form, label, name, control) {
  control.id = `field-${++counter}`;
  control.dataset.name = name;
  form.append(make("label", { for: control.id }, label), control);
  return control;
}

function fields(spec, operation, form) {
  const inputs = (operation.parameters || []).map((parameter) => ({
    place: parameter.in,
    name: parameter.name,
    control: field(form, `${parameter.name} (${parameter.in}${parameter.required ? ", required" : ""})`, parameter.name, make("input", { spellcheck: "false" })),
  }));
  const content = (operation.requestBody || {}).content || {};
  if (content["application/json"]) {
    const control = field(form, "JSON", "body", make("textarea", { spellcheck: "false" }));
    control.value = JSON.stringify(example(spec, content["application/json"].schema), null, 2);
    inputs.push({ place: "json", name: "body", control });
  }
  const multipart = content["multipart/form-data"];
  if (multipart) {
    for (const [name, schema] of Object.entries(resolved(spec, multipart.schema).properties)) {
      const type = schema.format === "binary" ? "file" : "text";
      inputs.push({ place: "form", name, control: field(form, name, name, make("input", { type })) });
    }
  }
  return inputs;
}

function request(method, path, inputs) {
  const headers = { Accept: "application/json, application/problem+json, */*" };
  const token = document.getElementById("token").value.trim();
  if (token) headers.Authorization = `Bearer ${token}`;
  const query = new URLSearchParams();
  let body;
  for (const { place, name, control } of inputs) {
    if (place === "path") path = path.replace(`{${name}}`, encodeURIComponent(control.value));
    else if (place === "form") (body ||= new FormData()).append(name, control.files ? control.files[0] || "" : control.value);
    else if (control.value === "") continue;
    else if (place === "query") query.append(name, control.value);
    else if (place === "header") headers[name] = control.value;
    else {
      body = control.value;
      headers["Content-Type"] = "application/json";
    }
  }
  const search = query.toString();
  return fetch(path + (search ? `?${search}` : ""), { method, headers, body, credentials: "omit" });
}

async function shown(response) {
  const text = response.status === 204 ? "" : await response.text();
  let pretty = text;
  try { pretty = JSON.stringify(JSON.parse(text), null, 2); } catch { /* not JSON: shown as it came */ }
  return `${response.status} ${response.statusText}\n${pretty}`;
}

function answers(operation) {
  const rows = Object.entries(operation.responses).map(([status, each]) =>
    make("tr", {}, make("th", { scope: "row" }, status), make("td", {}, each.description)));
  return make("table", {}, make("caption", { class: "soft" }, "Answers"), make("tbody", {}, ...rows));
}

function call(spec, method, path, operation) {
  const form = make("form");
  const output = make("pre", { hidden: "", tabindex: "0", "aria-label": "Answer" });
  const inputs = fields(spec, operation, form);
  const streams = operation.responses["200"]?.content?.["text/event-stream"];
  if (!streams) form.append(make("button", { type: "submit" }, "보내기 / Send"));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    output.hidden = false;
    output.textContent = "…";
    try { output.textContent = await shown(await request(method, path, inputs)); }
    catch (error) { output.textContent = String(error); }
  });
  const title = make("summary", {}, make("span", { class: "method" }, method), `${path} `, make("span", { class: "soft" }, operation.summary));
  return make("details", {}, title, make("p", {}, operation.description || ""), form, make("div", { role: "status" }, output), answers(operation));
}

async function start() {
  const main = document.getElementById("calls");
  const spec = await (await fetch("/api/v1/openapi.json")).json();
  const groups = new Map();
  for (const [path, operations] of Object.entries(spec.paths)) {
    for (const [method, operation] of Object.entries(operations)) {
      const tag = operation.tags[0];
      if (!groups.has(tag)) groups.set(tag, make("section", {}, make("h2", {}, tag)));
      groups.get(tag).append(call(spec, method.toUpperCase(), path, operation));
    }
  }
  main.replaceChildren(...groups.values());
  main.setAttribute("aria-busy", "false");
}

start();
