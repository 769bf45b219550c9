import VouchModel

/// Scanner, patch manager and live patcher: what became of each CVE on each host.
struct PatchingPage: View {
  let book: Book
  let story: PatchReconciliation

  private var words: Words { book.words }

  static let fields: Fields<PatchingPage> = [
    .words("t") { $0.words },
    .object("page", PageFrame.self) { .patching($0.book, "patching.html") },
    .object("package", PackageView.self) { PackageView(book: $0.book, base: "") },
    .list("family", PageLink.self) { $0.book.patchingPages(current: "patching.html") },
    .flag("hasPairs") { $0.story.pairs > 0 },
    .text("pairs") { $0.words.number($0.story.pairs) },
    .list("severities", Line.self) { view in
      PairSeverity.allCases.map { Line(text: view.words.pairSeverity($0)) }
    },
    .list("outcomes", OutcomeRow.self) { view in
      view.story.outcomes.map { OutcomeRow(outcome: $0, words: view.words) }
    },
    .flag("hasDeadlines") { $0.whole != nil },
    .list("deadlines", DeadlineRow.self) { view in
      view.story.deadlines.map { DeadlineRow(count: $0, words: view.words) }
    },
    .text("counted") { view in
      view.words.number(view.whole.map { $0.kept + $0.missed + $0.notDue } ?? 0)
    },
    .list("leftOut", LeftOutRow.self) { view in
      view.story.leftOut.map {
        LeftOutRow(
          text: view.words.text("patching.leftOut.\($0.reason)"), count: $0.count,
          words: view.words)
      }
    },
    .flag("hasTimes") { !$0.story.times.isEmpty },
    .text("target") { view in view.story.gapTargetDays.map(view.words.number) ?? "" },
    .list("times", TimeRow.self) { view in
      view.story.times.map { TimeRow(time: $0, words: view.words) }
    },
    .list("ranges", RangeRow.self) { $0.ranges },
    .object("fixedLate", TablePart<CVERow>.self) { $0.book.part($0.story.fixedLate) },
    .object("openLate", TablePart<CVERow>.self) { $0.book.part($0.story.openLate) },
    .list("examples", OutcomeExamples.self) { view in
      view.story.outcomes.map { outcome in
        OutcomeExamples(
          book: view.book, outcome: outcome,
          rows: view.story.examples[outcome.outcome] ?? [])
      }
    },
    .text("lateFile") { _ in Book.inData(PackageLayout.patchingLate) },
    .text("viewsFile") { _ in Book.inData(PackageLayout.patchingViews) },
    .text("recordsFile") { _ in Book.inData(PackageLayout.records) },
  ]

  private var whole: DeadlineCount? {
    story.deadlines.last { $0.severity == nil && $0.kept + $0.missed + $0.notDue > 0 }
  }

  /// The distribution of all pairs together.
  private var ranges: [RangeRow] {
    guard let all = story.times.last(where: { $0.severity == nil }) else { return [] }
    let most = max(
      1, zip(all.closed.padded, all.open.padded).map { $0 + $1 }.max() ?? 1)
    return (0...TimeToPatch.ranges.count).map { index in
      RangeRow(
        label: words.range(index), closed: all.closed.padded[index],
        open: all.open.padded[index], most: most, words: words)
    }
  }
}

extension TimeToPatch.Times {
  /// The distribution, zero everywhere when there is none.
  var padded: [Int] {
    distribution.isEmpty ? Array(repeating: 0, count: TimeToPatch.ranges.count + 1) : distribution
  }
}

extension PageFrame {
  /// A page of the family: the navigation shows the first of them as the current one.
  static func patching(_ book: Book, _ page: String) -> PageFrame {
    PageFrame(
      book: book, title: book.words.text("patching.page.\(page.prefix { $0 != "." })"), base: "",
      root: "../", current: "patching.html")
  }
}

extension Book {
  static let patchingFamily = ["patching.html", "tools.html", "identity.html", "promises.html"]

  func patchingPages(current: String) -> [PageLink] {
    Self.patchingFamily.map { page in
      PageLink(
        href: page, label: words.text("patching.page.\(page.prefix { $0 != "." })"),
        isCurrent: page == current)
    }
  }

  /// The first rows of a list; the rest stands in a workpaper.
  func part(_ list: FirstRows<CVEOnHost>) -> TablePart<CVERow> {
    TablePart(
      rows: list.rows.map { CVERow(book: self, pair: $0) }, range: 0..<list.rows.count,
      total: list.total, pages: [], words: words)
  }

  func part(_ list: FirstRows<Identity>) -> TablePart<IdentityRow> {
    TablePart(
      rows: list.rows.map { IdentityRow(identity: $0, words: words) }, range: 0..<list.rows.count,
      total: list.total, pages: [], words: words)
  }

  /// A place in the evidence: the line where a page shows it, else the file.
  func link(to origin: EvidencePlace?) -> String {
    guard let origin, let row = evidence[origin.evidence] else { return "" }
    return rendition(row, place: origin.place) ?? fileLink(row)
  }

  func label(of origin: EvidencePlace?) -> String {
    guard let origin, let row = evidence[origin.evidence] else { return "" }
    return origin.place.isEmpty ? row.label : "\(row.label)#\(origin.place)"
  }
}

extension Words {
  func pairSeverity(_ severity: PairSeverity) -> String { text("patching.severity.\(severity)") }

  /// `8 to 14 days` for the second of the ranges of a distribution.
  func range(_ index: Int) -> String {
    let ends = TimeToPatch.ranges
    if index == 0 { return text("patching.range.first", ["to": number(ends[0])]) }
    if index == ends.count { return text("patching.range.last", ["from": number(ends[index - 1])]) }
    return text(
      "patching.range.middle", ["from": number(ends[index - 1]), "to": number(ends[index])])
  }

  /// Days with one decimal.
  func oneDecimal(_ value: Double?) -> String {
    value.map { number(($0 * 10).rounded() / 10) } ?? ""
  }
}

/// An outcome with its meaning and the pairs of each severity.
struct OutcomeRow: View {
  let outcome: OutcomeCount
  let words: Words

  static let fields: Fields<OutcomeRow> = [
    .text("id") { $0.outcome.outcome },
    .text("name") { $0.words.text("patching.outcome.\($0.outcome.outcome)") },
    .text("meaning") { $0.words.text("patching.meaning.\($0.outcome.outcome)") },
    .text("href") { "#outcome-\($0.outcome.outcome)" },
    .text("mark") { OutcomeMark.of($0.outcome.outcome) },
    .text("raw") { String($0.outcome.count) },
    .text("total") { $0.words.number($0.outcome.count) },
    .list("cells", NumberCell.self) { row in
      PairSeverity.allCases.map {
        NumberCell(
          label: row.words.pairSeverity($0), value: row.outcome.bySeverity[$0] ?? 0,
          words: row.words)
      }
    },
  ]
}

/// How an outcome is marked: what is open, what is not proven, what is fixed.
enum OutcomeMark {
  static func of(_ outcome: String) -> String {
    switch outcome {
    case "open", "reopened", "missing_in_patch_manager_only": "fail"
    case "awaiting_reboot", "accepted_in_scanner": "wait"
    case "clean_unproven": "lack"
    case "patched", "live_patched", "fixed_by_scan_only": "pass"
    default: "none"
    }
  }
}

struct NumberCell: View {
  let label: String
  let value: Int
  let words: Words

  static let fields: Fields<NumberCell> = [
    .text("label") { $0.label },
    .text("text") { $0.words.number($0.value) },
    .flag("isZero") { $0.value == 0 },
  ]
}

/// Deadlines of one severity, or of all.
struct DeadlineRow: View {
  let count: DeadlineCount
  let words: Words

  static let fields: Fields<DeadlineRow> = [
    .text("severity") { row in
      row.count.severity.map(row.words.pairSeverity) ?? row.words.text("patching.all")
    },
    .text("days") { row in row.count.days.map(row.words.number) ?? "" },
    .text("kept") { $0.words.number($0.count.kept) },
    .text("late") { $0.words.number($0.count.late) },
    .text("openLate") { $0.words.number($0.count.openLate) },
    .text("notDue") { $0.words.number($0.count.notDue) },
    .text("attainment") { $0.words.oneDecimal($0.count.attainment) },
    .markup("bar") { row in
      ShareBar.svg([
        ("pass", row.count.kept), ("lack", row.count.late), ("fail", row.count.openLate),
        ("softer", row.count.notDue),
      ])
    },
    .flag("isAll") { $0.count.severity == nil },
  ]
}

struct LeftOutRow: View {
  let text: String
  let count: Int
  let words: Words

  static let fields: Fields<LeftOutRow> = [
    .text("text") { $0.text },
    .text("count") { $0.words.number($0.count) },
    .flag("isZero") { $0.count == 0 },
  ]
}

/// Time to patch of one severity, or of all.
struct TimeRow: View {
  let time: TimeToPatch
  let words: Words

  static let fields: Fields<TimeRow> = [
    .text("severity") { row in
      row.time.severity.map(row.words.pairSeverity) ?? row.words.text("patching.all")
    },
    .flag("isAll") { $0.time.severity == nil },
    .text("closed") { $0.words.number($0.time.closed.count) },
    .text("mean") { $0.words.oneDecimal($0.time.closed.mean) },
    .text("median") { $0.words.oneDecimal($0.time.closed.median) },
    .text("p75") { $0.words.oneDecimal($0.time.closed.p75) },
    .text("p90") { $0.words.oneDecimal($0.time.closed.p90) },
    .text("p95") { $0.words.oneDecimal($0.time.closed.p95) },
    .text("longest") { $0.words.oneDecimal($0.time.closed.longest) },
    .text("within") { row in
      guard let within = row.time.closed.withinTarget, row.time.closed.count > 0 else { return "" }
      return row.words.number(within)
    },
    .text("open") { $0.words.number($0.time.open.count) },
    .text("openMedian") { $0.words.oneDecimal($0.time.open.median) },
    .text("oldest") { $0.words.oneDecimal($0.time.open.longest) },
  ]
}

/// A range of the distribution with the pairs in it.
struct RangeRow: View {
  let label: String
  let closed: Int
  let open: Int
  let most: Int
  let words: Words

  static let fields: Fields<RangeRow> = [
    .text("label") { $0.label },
    .text("closed") { $0.words.number($0.closed) },
    .text("open") { $0.words.number($0.open) },
    .markup("bar") { row in
      ShareBar.svg([
        ("soft", row.closed), ("fail", row.open), ("blank", row.most - row.closed - row.open),
      ])
    },
  ]
}

/// One CVE on one host, with what each tool says of it.
struct CVERow: Row {
  let book: Book
  let pair: CVEOnHost

  private var words: Words { book.words }

  static let tableFields = TablePart<CVERow>.make()
  static let fields: Fields<CVERow> = [
    .text("id") { row in
      "P-\(Digest.sha256("\(row.pair.host)|\(row.pair.cve)").hex.prefix(8))"
    },
    .text("host") { $0.pair.host },
    .text("cve") { $0.pair.cve },
    .text("severity") { $0.words.pairSeverity($0.pair.severity) },
    .text("outcome") { $0.words.text("patching.outcome.\($0.pair.outcome)") },
    .text("mark") { OutcomeMark.of($0.pair.outcome) },
    .text("firstSeen") { $0.day($0.pair.firstSeen) },
    .text("sinceWord") { row in
      row.words.text(row.pair.scanner.reported ? "patching.since" : "patching.released")
    },
    .text("deadline") { $0.day($0.pair.deadline) },
    .text("provenAt") { $0.day($0.pair.provenAt) },
    .text("daysLate") { row in
      row.words.oneDecimal(row.pair.daysLate(asOf: row.book.assessment.asOf))
    },
    .text("scanner") { $0.scanner },
    .text("scannerLink") { $0.book.link(to: $0.pair.scanner.origin) },
    .text("scannerOrigin") { $0.book.label(of: $0.pair.scanner.origin) },
    .text("patch") { $0.patch },
    .text("patchLink") { $0.book.link(to: $0.pair.patchManager?.origin) },
    .text("patchOrigin") { $0.book.label(of: $0.pair.patchManager?.origin) },
    .text("live") { $0.live },
    .text("liveLink") { $0.book.link(to: $0.pair.livePatcher?.origin) },
    .text("liveOrigin") { $0.book.label(of: $0.pair.livePatcher?.origin) },
  ]

  private func day(_ instant: Instant?) -> String {
    instant.map { book.engagement.zone.date(of: $0) } ?? ""
  }

  private func say(_ key: String, _ instant: Instant? = nil) -> String {
    words.text("patching.view.\(key)", ["day": day(instant)])
  }

  private var scanner: String {
    guard pair.scanner.reported else { return say("unreported") }
    if pair.outcome == "accepted_in_scanner" { return say("accepted", pair.scanner.lastSeen) }
    if let clean = pair.scanner.cleanSince { return say("clean", clean) }
    return say("reported", pair.scanner.lastSeen)
  }

  private var patch: String {
    guard let patch = pair.patchManager else { return say("noPatchRecord") }
    if patch.isMissing { return say("missing") }
    if patch.isAwaiting { return say("awaiting", patch.appliedAt) }
    return say("installed", patch.appliedAt)
  }

  private var live: String {
    guard let live = pair.livePatcher else { return say("noAgent") }
    var parts: [String] = []
    if live.since != nil {
      parts.append(say("liveSince", live.since))
    } else if live.state == "applied" {
      parts.append(say("notInSet"))
    } else {
      parts.append(words.text("patching.liveState.\(live.state)"))
    }
    if live.isUpToDate == false { parts.append(say("notUpToDate")) }
    if live.hidesPackages { parts.append(say("hides")) }
    return parts.joined(separator: "; ")
  }
}

/// The first pairs of an outcome, each tool's evidence beside the others'.
struct OutcomeExamples: View {
  let book: Book
  let outcome: OutcomeCount
  let rows: [CVEOnHost]

  static let fields: Fields<OutcomeExamples> = [
    .text("id") { "outcome-\($0.outcome.outcome)" },
    .text("name") { $0.book.words.text("patching.outcome.\($0.outcome.outcome)") },
    .text("mark") { OutcomeMark.of($0.outcome.outcome) },
    .text("meaning") { $0.book.words.text("patching.meaning.\($0.outcome.outcome)") },
    .text("total") { $0.book.words.number($0.outcome.count) },
    .list("rows", CVERow.self) { view in view.rows.map { CVERow(book: view.book, pair: $0) } },
    .text("more") { view in
      let rest = view.outcome.count - view.rows.count
      return rest > 0 ? view.book.words(.andMore, ["n": view.book.words.number(rest)]) : ""
    },
    .flag("isDiffering") { PatchReconciliation.differing.contains($0.outcome.outcome) },
    .text("file") { _ in Book.inData(PackageLayout.patchingViews) },
  ]
}
