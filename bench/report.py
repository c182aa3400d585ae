"""The figures as Markdown, with the targets beside them."""

import dataclasses

BEGIN = "<!-- measured: written by `cargo xtask bench --write` -->"
END = "<!-- end of what was measured -->"


@dataclasses.dataclass
class Results:
    """What one run measured."""

    machine: dict
    decisions: list = dataclasses.field(default_factory=list)
    # One of each shape of policy.
    compiles: list = dataclasses.field(default_factory=list)
    credentials: list = dataclasses.field(default_factory=list)
    # What many roles cost, and edits of their policies.
    scale: list = dataclasses.field(default_factory=list)
    # Pairs of a row's name and the loads of nginx and of ours.
    loads: list = dataclasses.field(default_factory=list)
    # Seconds: on an empty folder, on one that is there, and of nginx.
    starts: dict = dataclasses.field(default_factory=dict)
    # MiB by occasion.
    memory: dict = dataclasses.field(default_factory=dict)
    # Seconds to a first credential, and MiB of each of many.
    instances: dict = dataclasses.field(default_factory=dict)
    # What objects.py measured.
    objects: object = None
    keys: int = 0
    nonces: int = 0

    def decision(self, engine, policies, kind="plain"):
        """The figures of the engines whose names begin so; of several, the fastest's."""
        found = [one for one in self.decisions if one["engine"].startswith(engine)
                 and one["policies"] == policies and one["set"] == kind and "best_ns" in one]
        return min(found, key=lambda one: one["median_ns"])

    def by_question(self, policies, kind):
        """How our engine's questions compare with each other."""
        return next(one for one in self.decisions if one["policies"] == policies
                    and one["set"] == kind and one["engine"].endswith("by question"))


def render(results):
    """All tables."""
    return "\n\n".join([
        machine_line(results), summary(results), decisions(results), credentials(results),
        loads(results), objects(results.objects), scale(results), rest(results)])


def machine_line(results):
    machine = results.machine
    return (
        f"{machine['day']}: {machine['cores']} cores of {machine['cpu']}, Linux "
        f"{machine['kernel']}, nginx {machine['nginx']}, wrk {machine['wrk']}, cedar-policy 4.14.1; "
        f"load average at the start {machine['load']:.1f}.")


def summary(results):
    """One row for each target."""
    counts = sorted({one["policies"] for one in results.decisions if one["set"] == "plain"})
    least, most = counts[0], counts[-1]
    medians = [results.decision("rolecall", count)["median_ns"] for count in counts]
    best = lambda engine, count: results.decision(engine, count)["best_ns"]
    growth = best("rolecall", most) / best("rolecall", least)
    hostile = results.decision("rolecall", most, "hostile")["median_ns"]
    inputs = results.by_question(most, "hostile")
    times = lambda count: best("cedar", count) / best("rolecall", count)
    rows = [
        row("decision, slowest median of the five sizes", f"{max(medians)} ns", "≤ 500 ns",
            "≤ 300 ns", max(medians) <= 500, max(medians) <= 300),
        row(f"decision, growth from {least} to {most:,} policies", f"{growth:.1f}x", "≤ 3x",
            "≤ 2.2x", growth <= 3, growth <= 2.2),
        row(f"decision beside cedar-policy, {least} policy", f"{times(least):,.0f}x", "", "≥ 4x",
            None, times(least) >= 4),
        row(f"decision beside cedar-policy, {most:,} policies", f"{times(most):,.0f}x", "",
            "≥ 25,000x", None, times(most) >= 25_000),
        row("decision, hostile policies, median", f"{hostile} ns", "≤ 10 µs", "≤ 3 µs",
            hostile <= 10_000, hostile <= 3_000),
        row("decision, hostile policies, slowest question over the median",
            f"{inputs['max_ns'] / inputs['median_ns']:.1f}x", "", "≤ 10x", None,
            inputs["max_ns"] <= 10 * inputs["median_ns"]),
    ]
    slowest = max(one["median_ns"] for one in results.compiles) / 1e3
    rows.append(row("compile 6144: the slowest shape of policy, from its text", f"{slowest:.0f} µs",
                    "", "< 1,000 µs", None, slowest < 1_000))
    for name, goal in {"check of OSS V4": 1.2, "check of RPC V1": 1.5, "mint": 1.2}.items():
        median = next(one["median_ns"] for one in results.credentials
                      if one["operation"].startswith(name)) / 1e3
        rows.append(row(name, f"{median:.2f} µs", "≤ 2 µs", f"≤ {goal} µs", median <= 2,
                        median <= goal))
    targets = {"metadata": (0.8, 1.0), "AssumeRole": (0.4, 0.6)}
    names = {"metadata": "credential GET in an instance", "AssumeRole": "AssumeRole"}
    for name, servers in results.loads:
        if name not in targets:
            continue
        (first, goal), (cpu, rate) = targets[name], ratios(servers)
        rows.append(row(f"{names[name]} beside nginx, by CPU", f"{cpu:.2f}x", f"≥ {first}x",
                        f"≥ {goal}x", cpu >= first, cpu >= goal))
        rows.append(row(f"{names[name]} beside nginx, by requests a second", f"{rate:.2f}x",
                        f"≥ {first}x", f"≥ {goal}x", rate >= first, rate >= goal))
    tail = tail_ratio(dict(results.loads)["metadata"])
    rows.append(row("credential GET in an instance beside nginx, p99", f"{tail:.2f}x", "",
                    "≤ 1.2x", None, tail <= 1.2))
    start, memory = results.starts["empty"], results.memory["with keys"]
    rows.append(row("start to first answer, empty folder", f"{start * 1e3:.0f} ms", "≤ 500 ms",
                    "≤ 200 ms", start <= 0.5, start <= 0.2))
    rows.append(row(f"resident memory idle, {results.keys:,} keys", f"{memory:.0f} MiB",
                    "≤ 40 MiB (100,000 keys)", "≤ 20 MiB", memory <= 40, memory <= 20))
    first = results.instances["first_median"]
    rows.append(row("instance, from its launch to its first credential, median",
                    f"{first * 1e3:.0f} ms", "", "< 150 ms", None, first < 0.15))
    stored = next(one for one in results.scale if one.get("scale") == "redb")
    gibibytes = stored["bytes"] / 2**30
    rows.append(row(f"resident memory, {stored['roles']:,} roles with a policy each",
                    f"{gibibytes:.2f} GiB", "", "≤ 2 GiB", None, gibibytes <= 2))
    edits = [one for one in results.scale if "edit" in one and one["measured"].endswith("answer")]
    slowest = max(one["p99_ns"] for one in edits) / 1e3
    rows.append(row("edit of a policy among them, until it decides, p99", f"{slowest:,.0f} µs", "",
                    "< 1,000 µs", None, slowest < 1_000))
    return table(["what", "measured", "first", "goal", "first met", "goal met"], rows)


def decisions(results):
    """Nanoseconds by engine and number of policies."""
    sizes = list(dict.fromkeys((one["set"], one["policies"]) for one in results.decisions))
    engines = list(dict.fromkeys(
        one["engine"] for one in results.decisions if "best_ns" in one))
    cells = {(one["engine"], one["set"], one["policies"]):
             f"{one['best_ns']:,} ({one['median_ns']:,})"
             for one in results.decisions if "best_ns" in one}
    heads = [f"{count:,}" if kind == "plain" else f"{count:,} {kind}" for kind, count in sizes]
    rows = [[engine, *(cells.get((engine, *size), "–") for size in sizes)] for engine in engines]
    inputs = [results.by_question(count, kind) for kind, count in sizes]
    rows.append(["rolecall, one question again and again: median, p99, slowest",
                 *(f"{one['median_ns']}, {one['p99_ns']}, {one['max_ns']}" for one in inputs)])
    return ("Decision, ns of CPU time a question: best round (median round), by number of "
            "policies.\n\n" + table(["engine", *heads], rows, right=True))


def credentials(results):
    """Nanoseconds of signatures and tokens."""
    rows = [[one["operation"], f"{one['best_ns']:,}", f"{one['median_ns']:,}"]
            for one in results.credentials]
    return ("Signatures and tokens, ns of CPU time.\n\n"
            + table(["operation", "best round", "median round"], rows, right=True))


# SeaweedFS 4.48 with its defaults, which do not sync, beside nginx's WebDAV with 16 connections and
# with 2: CPU µs a request of both, best rounds of one run on the machine that the targets are of.
SEAWEEDFS = {"durable PUT 4 KiB": 736.3 / 136.2, "durable PUT 64 MiB": 913_333 / 46_667}


def objects(results):
    """What was measured of objects, and the targets."""
    targets = {"signed GET 4 KiB of 1,000 keys": (0.75, 0.9), "durable PUT 4 KiB": (5, 14),
               "signed GET 64 MiB": (0.5, 0.8), "durable PUT 64 MiB": (4, 5)}
    rows = []
    for name, servers in results.loads:
        (first, goal), cpu = targets[name], ratios(servers)[0]
        beside = "nginx's files"
        if name in SEAWEEDFS:
            rows.append(row(f"{name} beside nginx's WebDAV, by CPU", f"{cpu:.2f}x", "", "", None,
                            None))
            cpu, beside = cpu * SEAWEEDFS[name], "SeaweedFS as it was to WebDAV"
        rows.append(row(f"{name} beside {beside}, by CPU", f"{cpu:.2f}x", f"≥ {first}x",
                        f"≥ {goal}x", cpu >= first, cpu >= goal))
    listing = results.listing
    rows += [
        row(f"list 1,000 of {results.objects:,} keys, median", f"{listing.p50_us / 1e3:.1f} ms",
            "< 10 ms", "", listing.p50_us < 10e3, None),
        row("the same, p99", f"{listing.p99_us / 1e3:.1f} ms", "< 10 ms", "",
            listing.p99_us < 10e3, None),
        row("most memory resident through all of it", f"{results.peak:.0f} MiB", "< 200 MiB", "",
            results.peak < 200, None),
        row("start to first answer, with all objects", f"{results.start * 1e3:,.0f} ms", "", "",
            None, None)]
    heads = ["what", "measured", "first", "goal", "first met", "goal met"]
    return ("Objects.\n\n" + table(heads, rows) + "\n\nRequests, 64 connections; those of 64 MiB, "
            "2 connections.\n\n" + load_table(results.loads))


def loads(results):
    return "Requests, 64 connections.\n\n" + load_table(results.loads)


def load_table(loads):
    """What wrk saw."""
    rows = []
    for name, servers in loads:
        for server in servers.values():
            best = server.best
            rows.append([
                name, server.name, f"{server.cpu_best:.1f}", f"{server.cpu_median:.1f}",
                f"{best.requests_per_second:,.0f}", f"{best.p50_us:,.0f}", f"{best.p99_us:,.0f}"])
        cpu, rate = ratios(servers)
        rows.append([name, "ratio", f"{cpu:.2f}x", "", f"{rate:.2f}x", "",
                     f"{tail_ratio(servers):.2f}x"])
    heads = ["request", "server", "CPU µs a request: best", "median", "requests a second: best",
             "p50 µs in that round", "p99 µs"]
    return table(heads, rows, right=True)


def scale(results):
    """What a large directory takes, and how soon an edit decides."""
    mebibytes = lambda count: f"{count / 2**20:,.0f} MiB"
    rows = []
    for one in results.scale:
        if "scale" in one:
            rows += [[one["scale"], "resident, the store alone", mebibytes(one["store_bytes"])],
                     [one["scale"], "resident, with the directory", mebibytes(one["bytes"])],
                     [one["scale"], "the most while it was loaded", mebibytes(one["peak_bytes"])],
                     [one["scale"], "of that, for a role", f"{one['bytes_a_role']:,} bytes"],
                     [one["scale"], "load of the directory", f"{one['load_ms']:,} ms"]]
        elif "used" in one:
            rows.append([one["used"], "resident when every role has been asked, for a role",
                         f"{one['bytes_a_role']:,} bytes"])
        else:
            times = "median_ns", "p99_ns", "max_ns"
            rows.append([one["edit"], f"edit, {one['measured']}: median, p99, slowest",
                         ", ".join(f"{one[time] / 1e3:,.0f}" for time in times) + " µs"])
    return (f"{results.scale[0]['roles']:,} roles with a trust policy and a policy each.\n\n"
            + table(["store", "what", "measured"], rows))


def rest(results):
    starts, memory, instances = results.starts, results.memory, results.instances
    rows = [
        ["instance, from RunInstances to its first credential: median, slowest",
         f"{instances['first_median'] * 1e3:.0f}, {instances['first_slowest'] * 1e3:.0f} ms"],
        [f"{instances['at_once']} instances at once, each served: memory for each",
         f"{instances['mebibytes_each']:.1f} MiB"],
        ["first answer, empty folder", f"{starts['empty'] * 1e3:.0f} ms"],
        ["first answer, folder that is there", f"{starts['kept'] * 1e3:.0f} ms"],
        ["first answer, nginx", f"{starts['nginx'] * 1e3:.0f} ms"],
        ["resident memory, idle, one AccessKey", f"{memory['without keys']:.0f} MiB"],
        [f"resident memory, idle, {results.keys:,} AccessKeys, after a restart",
         f"{memory['with keys']:.0f} MiB"],
        [f"resident memory after {results.nonces:,} calls of AssumeRole within the quarter of an "
         "hour that nonces live", f"{memory['after the load']:.0f} MiB"],
        ["resident memory, nginx, all processes", f"{memory['nginx']:.0f} MiB"],
    ]
    return "Start, instances and memory.\n\n" + table(["what", "measured"], rows)


def ratios(servers):
    """Our rate over nginx's: by CPU time a request, and by requests per second."""
    nginx, ours = servers["nginx"], servers["rolecall"]
    return (nginx.cpu_best / ours.cpu_best,
            ours.best.requests_per_second / nginx.best.requests_per_second)


def tail_ratio(servers):
    """Our p99 over nginx's, each in the best round."""
    return servers["rolecall"].best.p99_us / servers["nginx"].best.p99_us


def row(what, measured, first, goal, first_met, goal_met):
    word = {True: "yes", False: "**no**", None: ""}
    return [what, measured, first, goal, word[first_met], word[goal_met]]


def table(heads, rows, right=False):
    rule = ["---", *(["---:" if right else "---"] * (len(heads) - 1))]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in [heads, rule, *rows])


def write(page, text):
    """Puts the tables between the marks of a page."""
    before, begin, behind = page.read_text().partition(BEGIN)
    _, end, after = behind.partition(END)
    assert begin and end, f"{page} has no place for the tables"
    page.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{after}")
