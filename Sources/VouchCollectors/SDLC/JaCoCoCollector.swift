import VouchModel

/// Reads JaCoCo's XML report: the share of lines covered, as a `test_run` of the suite `coverage`
/// and the report's name.
enum JaCoCoCollector: Collector {
  static let format = "jacoco"
  static let summary = "JaCoCo XML coverage report"
  static let gives: [RecordType] = [.test_run]

  static func recognises(_ head: Head) -> Bool {
    head.xmlRoot == "report"
      && (head.text.contains("JACOCO") || head.text.contains("<sessioninfo ")
        || head.text.contains("<counter type="))
  }

  static func read(_ item: EvidenceItem, into reading: Reading) throws {
    reading.provides(.test_run)
    var limits = XMLLimits()
    limits.doctype = .passedOver
    var report: XMLElement?
    var depth = 0
    var counter: XMLElement?
    var started: Instant?
    var ended: Instant?
    let isWhole = try item.xml(format: format, limits: limits, reading) { event in
      switch event {
      case .start(let element):
        depth += 1
        if depth == 1 { report = element }
        if depth == 2, element.name == "counter", element["type"] == "LINE" { counter = element }
        if element.name == "sessioninfo" {
          let begin = element["start"].flatMap(epochInstant)
          let dump = element["dump"].flatMap(epochInstant)
          started = [started, begin].compactMap(\.self).min()
          ended = [ended, dump].compactMap(\.self).max()
        }
      case .end: depth -= 1
      case .text: break
      }
    }
    guard isWhole, let report else { return }
    let name = report["name"].map { " " + $0 } ?? ""
    var record = Record(.test_run, place: report.place)
    record["run_id"] = .text(item.options["run"] ?? item.digest.short)
    record["sha"] = .text(item.commitInName)
    record["suite"] = .text("coverage\(name)")
    record["started_at"] = .instant(started)
    record["ended_at"] = .instant(ended)
    if let covered = counter?["covered"].flatMap(Double.init),
      let missed = counter?["missed"].flatMap(Double.init), covered >= 0, missed >= 0,
      covered + missed > 0, (covered + missed).isFinite
    {
      record["line_rate"] = .real(covered / (covered + missed))
    }
    reading.effectiveAt = ended
    reading.append(record)
  }
}
