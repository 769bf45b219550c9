import VouchModel

/// `vouch-check/1`: the JSON that other tools rely on (contract 4). The same input gives the
/// same bytes: arrays are sorted by id, keys keep one order.
public enum CheckJSON {
  public static func text(_ assessment: Assessment) -> String {
    String(decoding: bytes(assessment), as: UTF8.self)
  }

  /// The same as bytes.
  public static func bytes(_ assessment: Assessment) -> [UInt8] {
    let labels = Dictionary(
      assessment.evidence.map { ($0.evidence, $0.label) }, uniquingKeysWith: { a, _ in a })
    var out = JSONWriter()
    out.object {
      $0.put("schema", "vouch-check/1")
      $0.put("organization", assessment.engagement.organization)
      $0.put("as_of", assessment.asOf.iso8601)
      $0.object("period") {
        $0.put("id", assessment.period.id)
        $0.put("start", assessment.period.start.iso8601)
        $0.put("end", assessment.period.end.iso8601)
      }
      $0.put("complete", assessment.incomplete.isEmpty)
      $0.array("controls", assessment.conclusions) {
        control(&$0, $1, labels, assessment.engagement.zone)
      }
      $0.array("not_adopted", assessment.notAdopted.map(\.id)) { $0.value($1) }
      $0.array("criteria", assessment.criteria) { writer, result in
        writer.object {
          $0.put("id", result.criterion.id)
          $0.put("verdict", result.verdict.rawValue)
          $0.put("in_scope", result.isInScope)
          $0.array("controls", result.controls) { $0.value($1) }
        }
      }
      $0.array("kpis", assessment.kpis.flatMap(\.figures)) { kpi(&$0, $1) }
      $0.array("incomplete", assessment.incomplete) { writer, entry in
        writer.object {
          $0.put("source", entry.source)
          $0.put("text", entry.text)
          $0.array("criteria", entry.criteria) { $0.value($1) }
        }
      }
      tools(&$0, assessment.tools)
      $0.array("upcoming", assessment.upcoming) { upcoming(&$0, $1, assessment.engagement.zone) }
      $0.array("diagnostics", assessment.diagnostics) { writer, diagnostic in
        writer.object {
          $0.put("id", diagnostic.id)
          $0.put("severity", diagnostic.severity.rawValue)
          $0.put("at", diagnostic.at)
          $0.put("text", diagnostic.text)
          $0.put("why", diagnostic.why)
          $0.put("fix", diagnostic.fix)
        }
      }
    }
    return out.bytes + [0x0A]
  }

  private static func control(
    _ writer: inout JSONWriter, _ conclusion: Conclusion, _ labels: [Int: String],
    _ zone: Zone
  ) {
    let c = conclusion.control
    writer.object {
      $0.put("id", c.id)
      $0.put("title", c.title)
      $0.put("category", c.category.rawValue)
      $0.array("criteria", c.criteria) { $0.value($1) }
      $0.put("owner", conclusion.owner)
      $0.put("verdict", conclusion.verdict.rawValue)
      $0.put("reason", conclusion.reason)
      $0.put("population", conclusion.population)
      $0.put("deviations", conclusion.deviations)
      $0.put("unknown", conclusion.unknown)
      $0.put("waived", conclusion.waived)
      $0.put("rule", c.digest.hex)
      $0.array("attributes", conclusion.attributes) { writer, count in
        writer.object {
          $0.put("key", count.attribute.key)
          $0.put("text", count.attribute.text)
          $0.put("decides", count.attribute.decides)
          $0.put("true", count.true)
          $0.put("false", count.false)
          $0.put("unknown", count.unknown)
        }
      }
      $0.array("items", conclusion.items.lazy.filter { $0.decides }) { writer, item in
        writer.object {
          $0.put("item", item.item)
          $0.put("attribute", item.attribute)
          $0.put("result", item.result.rawValue)
          if let waiver = item.waiver { $0.put("waiver", waiver) }
          let label = item.evidence.flatMap { labels[$0] } ?? ""
          $0.put("origin", label.isEmpty || item.place.isEmpty ? label : "\(label)#\(item.place)")
        }
      }
      $0.array("differences", conclusion.differences) { writer, difference in
        writer.object {
          $0.put("item", difference.item)
          $0.put("text", difference.text)
          if let explanation = difference.explanation { $0.put("explanation", explanation) }
        }
      }
      $0.array("coverage", conclusion.coverage) { writer, span in
        writer.object {
          $0.put("from", span.from.iso8601)
          $0.put("to", span.to.iso8601)
          $0.put("state", span.state.rawValue)
        }
      }
      $0.array("gaps", conclusion.gaps) { writer, gap in
        writer.object {
          $0.put("text", gap.text)
          $0.put("action", gap.action)
          $0.put("owner", gap.owner)
          $0.putOptional("due", gap.due.map(zone.date))
          $0.put("recoverable", gap.isRecoverable)
        }
      }
    }
  }

  /// What scanner, patch manager and live patcher say together; left out when nothing of the kind
  /// was collected.
  private static func tools(_ writer: inout JSONWriter, _ tools: ToolReconciliation) {
    if tools.isEmpty { return }
    writer.object("tools") {
      $0.array("outcomes", tools.outcomes) { writer, outcome in
        writer.object {
          $0.put("outcome", outcome.name)
          $0.put("pairs", outcome.count)
        }
      }
      $0.array("unknown_to_inventory", tools.unknownToInventory) { $0.value($1) }
      $0.array("ambiguous", tools.ambiguous) { $0.value($1) }
      $0.array("unseen_by_scanner", tools.unseenByScanner) { $0.value($1) }
      $0.array("unknown_to_patching", tools.unknownToPatching) { $0.value($1) }
    }
  }

  private static func upcoming(_ writer: inout JSONWriter, _ entry: Upcoming, _ zone: Zone) {
    writer.object {
      $0.put("due", zone.date(of: entry.due))
      $0.put("kind", entry.kind.rawValue)
      $0.put("control", entry.control)
      $0.put("text", entry.text)
      $0.put("action", entry.action)
      $0.put("owner", entry.owner)
      $0.put("count", entry.count)
      $0.array("items", entry.items) { $0.value($1) }
    }
  }

  private static func kpi(_ writer: inout JSONWriter, _ figure: KPIFigure) {
    writer.object {
      $0.put("id", figure.id)
      $0.put("subject", figure.subject)
      $0.put("measure", figure.measure)
      $0.putNumber("value", figure.value)
      $0.put("unit", figure.unit)
      $0.putNumber("target", figure.target)
      $0.putFlag("meets", figure.meets)
    }
  }
}

/// Writes JSON in one fixed layout: two spaces, one key per line, keys in the order of the calls.
struct JSONWriter {
  private(set) var bytes: [UInt8] = []
  private var indent = 0
  private var isFirst = true

  var text: String { String(decoding: bytes, as: UTF8.self) }

  private mutating func newLine() {
    bytes.append(0x0A)
    for _ in 0..<indent { bytes.append(0x20) }
  }

  private mutating func next(_ key: String?) {
    if !isFirst { bytes.append(UInt8(ascii: ",")) }
    if indent > 0 { newLine() }
    isFirst = false
    if let key {
      JSONText.append(key, to: &bytes)
      put(": ")
    }
  }

  private mutating func put(_ plain: String) {
    var plain = plain
    plain.withUTF8 { bytes.append(contentsOf: $0) }
  }

  private mutating func nest(_ open: String, _ close: String, _ body: (inout JSONWriter) -> Void) {
    put(open)
    indent += 2
    isFirst = true
    body(&self)
    indent -= 2
    if !isFirst { newLine() }
    put(close)
    isFirst = false
  }

  mutating func object(_ key: String? = nil, _ body: (inout JSONWriter) -> Void) {
    if indent > 0 { next(key) }
    nest("{", "}", body)
  }

  mutating func array<T>(
    _ key: String, _ elements: some Sequence<T>, _ body: (inout JSONWriter, T) -> Void
  ) {
    next(key)
    nest("[", "]") { writer in for element in elements { body(&writer, element) } }
  }

  mutating func value(_ value: String) {
    next(nil)
    JSONText.append(value, to: &bytes)
  }
  mutating func put(_ key: String, _ value: String) {
    next(key)
    JSONText.append(value, to: &bytes)
  }
  mutating func put(_ key: String, _ value: Int) {
    next(key)
    put(String(value))
  }
  mutating func put(_ key: String, _ value: Bool) {
    next(key)
    put(value ? "true" : "false")
  }
  mutating func putOptional(_ key: String, _ value: String?) {
    next(key)
    if let value { JSONText.append(value, to: &bytes) } else { put("null") }
  }
  mutating func putNumber(_ key: String, _ value: Double?) {
    next(key)
    put(value.map(number) ?? "null")
  }
  mutating func putFlag(_ key: String, _ value: Bool?) {
    next(key)
    put(value.map { $0 ? "true" : "false" } ?? "null")
  }
}

/// A number as plain decimal digits, at most nine behind the point, trailing zeros dropped.
public func number(_ value: Double) -> String {
  if !value.isFinite { return "null" }
  if value == value.rounded(), abs(value) < 1e15 { return String(Int64(value)) }
  let scaled = (abs(value) * 1e9).rounded()
  if scaled >= 9e18 { return String(value) }
  let digits = Int64(scaled)
  var fraction = String(digits % 1_000_000_000)
  fraction = String(repeating: "0", count: 9 - fraction.count) + fraction
  while fraction.hasSuffix("0") { fraction.removeLast() }
  let text = "\(digits / 1_000_000_000)" + (fraction.isEmpty ? "" : ".\(fraction)")
  return value < 0 && digits != 0 ? "-\(text)" : text
}
