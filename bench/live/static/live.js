// The page of one run: it takes sections from the stream of events, and shows each by itself.
// Every text comes from the ledger, which may be a stranger's: it is set as text, never as markup.
"use strict";

const at = (id) => document.getElementById(id);
const number = (value) => Number(value).toLocaleString("en-GB");
const clock = (time) => (time ? time.slice(11, 19) : "");
const DAY = { day: "numeric", month: "long", year: "numeric", timeZone: "UTC" };
const day = (time) => new Date(time).toLocaleDateString("en-GB", DAY);
const moment = (time) => (time ? `${day(time)}, ${clock(time)}` : "");
const SVG = "http://www.w3.org/2000/svg";
const STATUS = {
  running: "running", pausing: "pausing", paused: "paused", stopping: "stopping", over: "over",
  interrupted: "stopped", "cut off": "cut off", lost: "connection lost",
};
const NOTICES = {
  paused: "The run waits, and its devices with it. If its process ends now, nothing is lost. RESUME",
  interrupted: "The run was stopped. RESUME",
  "cut off": "No process plays this run any more. RESUME",
  lost: "The server does not answer. This page tries again by itself, and will miss nothing.",
};
const RESUME = {
  false: "It can go on: firmware-sim drill resume, with the folder of the run.",
  true: "It can go on: the same firmware-sim fleet run once more, with --resume.",
};
let status = "";
let map = null;
let isFleet = false;
const told = {};  // each section as it came last
const goes = () => ["running", "pausing"].includes(status);
const soFar = () => (status === "over" ? "" : " so far");

function make(tag, text, name) {
  const made = document.createElement(tag);
  if (text !== undefined) made.textContent = text;
  if (name) made.className = name;
  return made;
}

function fill(id, children) {
  at(id).replaceChildren(...children);
  const scroll = at(id).closest(".scroll");
  if (scroll) scroll.hidden = children.length === 0;
}

function row(cells, tag = "td") {
  const made = make("tr");
  cells.forEach((cell) => made.append(typeof cell === "number"
    ? make(tag, number(cell), "number") : make(tag, cell)));
  return made;
}

// Seconds in words.
function span(seconds) {
  const minutes = Math.round(seconds / 60);
  if (seconds < 100) return `${Math.ceil(seconds)} s`;
  return minutes < 100 ? `${minutes} min` : `${(seconds / 3600).toFixed(1)} h`;
}

function shardTiles(told) {
  if (!told.tiles.length) return "; no shard has ended so far";
  return told.shards_a_tile > 1 ? `, ${number(told.shards_a_tile)} shards a tile` : ", a shard a tile";
}

const show = {
  run(run) {
    isFleet = run.is_fleet;
    at("title").textContent = run.title;
    document.title = `Live: ${run.title}`;
    at("meta").textContent =
      `Story ${run.story}, seed ${run.seed}, ${number(run.homes)} ${run.homes === 1 ? "home" : "homes"}, ` +
      (isFleet ? "a fleet" : `target ${run.target}`) +
      `, begun ${run.started.slice(0, 19).replace("T", " ")} UTC`;
    if (isFleet) {
      at("h-messages").textContent = "Last messages of the governance drill";
    }
    at("h-now").textContent = run.devices ? "The governance drill"
      : isFleet ? "The governance drill: now, and what comes next"
      : status === "over" ? "The steps" : "Now, and what comes next";
    showNotice();
  },

  shards(told) {
    at("shards").hidden = at("outcomes").hidden = false;
    document.querySelector("main").classList.add("has-shards");
    at("shards-lead").textContent = told.devices === told.of
      ? `All ${number(told.of)} devices were run.`
      : `${number(told.devices)} of ${number(told.of)} devices`;
    at("shards-progress").max = told.of;
    at("shards-progress").value = told.devices;
    const parts = [told.of_shards ? `${number(told.shards)} of ${number(told.of_shards)} shards` : "No shard has ended so far"];
    if (told.rate && goes()) parts.push(`${number(told.rate.toPrecision(3))} devices a second`);
    if (told.left !== null && goes() && told.devices < told.of) parts.push(`${span(told.left)} left`);
    if (told.seconds !== null) parts.push(`took ${span(told.seconds)}`);
    parts.push(`${number(told.judged)} devices ran again in Python` +
      (told.judged ? `, ${number(told.unequal)} differ` : ""));
    at("shards-meta").textContent = parts.join("; ");
    at("shards-beside").textContent = told.beside.length
      ? `Played by the governance drill alone: ${told.beside.join(", ")}` : "";
  },

  outcomes(told) {
    at("h-outcomes").textContent = `Outcomes${soFar()}`;
    const table = at("outcomes-table");
    table.replaceChildren(...told.tables.flatMap((each) => {
      const head = make("thead");
      const names = row([each.title, ...told.states], "th");
      names.querySelectorAll("th").forEach((cell, place) => {
        cell.scope = "col";
        if (place) cell.className = "number";
      });
      head.append(names);
      const body = make("tbody");
      body.append(...each.rows.map((line) => row([line.name, ...line.devices])));
      if (each.left) body.append(row([`and ${number(each.left)} more`]));
      return [head, body];
    }));
  },

  verdicts(told) {
    fill("verdicts", told.both.map((each, place) => {
      const card = make("div", undefined, `verdict ${each.tone}`);
      card.append(make("p", each.about, "meta"), make("p", each.word, "word"), make("p", each.sentence));
      if (place === 0 && told.departures.length) {
        const list = make("ul");
        told.departures.forEach((text) => list.append(make("li", text)));
        card.append(list);
      }
      if (place === 1 && told.end && told.end.reason) card.append(make("p", told.end.reason));
      return card;
    }));
  },

  now(now) {
    const step = now.step;
    at("step").textContent = step
      ? `${moment(step.started)}  ${step.title}` + (step.verdict ? `: ${step.verdict}` : " …")
      : "No step has begun.";
    if (step && step.reason) at("step").textContent += ` (${step.reason})`;
    at("progress").max = Math.max(now.of, 1);
    at("progress").value = now.begun;
    at("steps").textContent = now.of ? `Step ${now.begun} of ${now.of}` : "";
    fill("next", now.next.map((title) => make("li", title)));
    at("next").start = now.begun + 1;
  },

  fleet(told) {
    map = told;
    const shown = told.counts.filter((each) => each.devices || each.state === "recovered");
    at("fleet-meta").textContent = told.devices
      ? `${number(told.devices)} devices` + (told.shards_a_tile ? shardTiles(told) :
        (told.a_tile > 1 ? `, ${number(told.a_tile)} a tile` : ", one a tile") +
        `; ${number(told.refusals)} messages refused`) +
        (isFleet && !told.shards_a_tile ? "; each stands for all of its course" : "")
      : "No device takes part yet.";
    fill("legend", shown.map((each) => {
      const item = make("li");
      const mark = make("i");
      mark.style.setProperty("--tone", `var(--${each.state})`);
      item.append(mark, make("b", number(each.devices)), ` ${each.word}`);
      return item;
    }));
    at("map").setAttribute("aria-label", "Map of the devices by state: " +
      shown.map((each) => `${number(each.devices)} ${each.word}`).join(", "));
    draw();
  },

  curve(told) {
    const last = told.points.at(-1);
    const whole = told.of || told.devices || 1;
    const since = told.since || "Compromise";
    at("curve-meta").textContent = !told.begin ? `No Compromise was declared${soFar()}.`
      : !last ? `${since} on ${moment(told.begin)}; no device is recovered${soFar()}.`
      : `${number(last[1])} of ${number(whole)} ${told.of ? told.of_what : "devices"} recovered, ` +
        `the last ${(last[0] / 3600).toFixed(1)} h after the ${since}; ` +
        `${number(Math.max(0, whole - last[1]))} not recovered${soFar()}`;
    drawCurve(told.points, whole, since, `100 % are ${number(whole)} ${told.of ? told.of_what : "devices"}`);
  },

  stuck(told) {
    at("stuck-meta").textContent = told.total === 0 ? "None."
      : told.total > told.devices.length ? `${number(told.total)}; the first ${told.devices.length}:`
      : number(told.total);
    fill("stuck", told.devices.map((each) => {
      const made = row(["", each.what, each.reason]);
      made.firstChild.append(make("code", each.device));
      return made;
    }));
  },

  waves({ waves, notes }) {
    at("waves-meta").textContent = !waves.length ? "None."
      : ["When each wave ended:", ...notes].join(" ");
    fill("waves", waves.map((each) => row([
      `${each.step}: ${each.name}`, each.devices, each.recovered, each.failed, each.unreachable,
      each.not_asked,
    ])));
  },

  people(told) {
    at("people-meta").textContent = told.total > told.events.length
      ? `The last ${told.events.length} of ${number(told.total)} events` : `${told.total} events`;
    fill("people", withDays(told.events.toReversed().map((each) => {
      const item = make("li");
      item.dataset.at = each.at;
      item.append(make("span", "", "day"), make("span", clock(each.at), "time"),
        make("b", each.event), ` ${each.detail} `, make("span", each.clause, "clause"));
      return item;
    })));
  },

  messages(told) {
    at("messages-meta").textContent =
      `${number(told.total)}${soFar()}; the last ${told.messages.length}. Open one to have it decoded.`;
    const kept = new Map([...at("messages").children].map((item) => [item.dataset.number, item]));
    fill("messages", withDays(told.messages.map((each) => kept.get(String(each.number)) || sent(each))));
  },
};

// The date stands at the first item of a list, and wherever it is another one than before.
function withDays(items) {
  let last = "";
  items.forEach((item) => {
    const its = day(item.dataset.at);
    item.querySelector(".day").textContent = its === last ? "" : its;
    last = its;
  });
  return items;
}

function sent(each) {
  const item = make("li");
  const details = make("details");
  const summary = make("summary");
  const way = each.direction === "to device" ? "to" : "from";
  summary.append(make("span", clock(each.at), "time"),
    `${each.use_case || each.kind} ${each.use_case ? each.kind : ""} ${way} `, make("code", each.device),
    make("span", `  ${number(each.octets)} octets`, "clause"));
  details.append(summary);
  details.addEventListener("toggle", async () => {
    if (!details.open || details.querySelector("pre")) return;
    const text = make("pre", "…");
    text.tabIndex = 0;
    details.append(text);
    try {
      text.textContent = await (await fetch(`/message/${each.number}`)).text();
    } catch {
      text.remove();
      details.open = false;
    }
  });
  item.dataset.number = each.number;
  item.dataset.at = each.at;
  item.append(make("span", "", "day"), details);
  return item;
}

// The tiles are filled from below by the share of each state, so that one tile shows many devices.
function draw() {
  const canvas = at("map");
  const width = canvas.clientWidth;
  if (!map || !width) return;
  const style = getComputedStyle(document.documentElement);
  const tones = map.counts.map((each) => style.getPropertyValue(`--${each.state}`).trim());
  const tiles = map.tiles.length || 1;
  const side = Math.max(6, Math.min(map.shards_a_tile ? 80 : 40, Math.floor(Math.sqrt((width * 170) / tiles))));
  const columns = Math.max(1, Math.floor(width / side));
  const height = Math.ceil(tiles / columns) * side;
  const scale = window.devicePixelRatio || 1;
  canvas.width = width * scale;
  canvas.height = height * scale;
  canvas.style.height = `${height}px`;
  const context = canvas.getContext("2d");
  context.scale(scale, scale);
  map.tiles.forEach((counts, place) => {
    const total = counts.reduce((sum, each) => sum + each, 0);
    const left = (place % columns) * side;
    let bottom = Math.floor(place / columns) * side + side - 1;
    for (let state = counts.length - 1; state >= 0; state -= 1) {
      const share = ((side - 1) * counts[state]) / total;
      context.fillStyle = tones[state];
      context.fillRect(left, bottom - share, side - 1, share);
      bottom -= share;
    }
  });
}

function line(parent, tag, attributes, text) {
  const made = document.createElementNS(SVG, tag);
  Object.entries(attributes).forEach(([name, value]) => made.setAttribute(name, value));
  if (text !== undefined) made.textContent = text;
  parent.append(made);
}

function drawCurve(points, whole, since, of) {
  const curve = at("curve");
  curve.replaceChildren();
  const [left, right, top, bottom] = [76, 590, 16, 150];
  const end = points.length ? Math.max(points.at(-1)[0] * 1.08, 360) : 3600;
  const x = (seconds) => left + ((right - left) * seconds) / end;
  const y = (devices) => bottom - ((bottom - top) * Math.min(devices, whole)) / whole;
  [0, 50, 100].forEach((share) => {
    const height = y((whole * share) / 100);
    line(curve, "line", { class: "grid", x1: left, x2: right, y1: height, y2: height });
    line(curve, "text", { x: left - 6, y: height + 4, "text-anchor": "end" }, `${share} %`);
  });
  line(curve, "text", { x: left, y: 172 }, since[0].toUpperCase() + since.slice(1));
  line(curve, "text", { x: right, y: 172, "text-anchor": "end" }, `${(end / 3600).toFixed(1)} h after it`);
  line(curve, "text", { x: left, y: 10 }, of);
  if (!points.length) return;
  let path = `M${x(0)} ${y(0)}`;
  points.forEach(([seconds, devices]) => { path += `H${x(seconds)}V${y(devices)}`; });
  path += `H${right}`;
  line(curve, "path", { class: "area", d: `${path}V${bottom}H${left}Z` });
  line(curve, "path", { class: "line", d: path });
}

function showStatus(word) {
  const isNew = word !== status;
  status = word;
  if (isNew) Object.entries(told).forEach(([name, value]) => show[name]?.(value));
  at("status").textContent = STATUS[word] || word;
  at("status").dataset.status = word;
  at("pause").disabled = at("stop").disabled = !goes() && word !== "paused";
  at("pause").parentElement.hidden = word === "over";
  at("pause").textContent = word === "paused" || word === "pausing" ? "Go on" : "Pause";
  showNotice();
}

function showNotice() {
  at("notice").hidden = !NOTICES[status];
  at("notice").textContent = (NOTICES[status] || "").replace("RESUME", RESUME[isFleet]);
}

async function wish(word) {
  const token = document.querySelector("meta[name=live-token]").content;
  try {
    const answer = await fetch("/wish", { method: "POST", headers: { "X-Live-Token": token }, body: word });
    if (answer.ok) showStatus((await answer.json()).status);
    else throw new Error(await answer.text());
  } catch (error) {
    at("notice").hidden = false;
    at("notice").textContent = `That did not reach the run: ${error.message}`;
  }
}

function follow() {
  const source = new EventSource("/events");
  source.addEventListener("update", (event) => {
    Object.entries(JSON.parse(event.data)).forEach(([name, value]) => {
      told[name] = value;
      show[name]?.(value);
    });
  });
  source.addEventListener("status", (event) => {
    showStatus(JSON.parse(event.data));
    if (status === "over") source.close();
  });
  source.addEventListener("problem", (event) => {
    source.close();
    at("notice").hidden = false;
    at("notice").textContent = JSON.parse(event.data);
  });
  source.addEventListener("error", () => {
    // Who stops a run ends its server, too: that is no loss. It is tried again all the same.
    const wasStopped = ["stopping", "interrupted"].includes(status);
    showStatus(wasStopped ? "interrupted" : "lost");
    // A browser gives up after some answers, e.g. when a proxy says no; the page does not.
    if (source.readyState === EventSource.CLOSED) setTimeout(() => location.reload(), 5000);
  });
}

at("pause").addEventListener("click", () => wish(["paused", "pausing"].includes(status) ? "go on" : "pause"));
at("stop").addEventListener("click", () => wish("stop"));
window.addEventListener("resize", draw);
window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
follow();
