import VouchModel

/// Reads Cobertura XML, also coverage.py's and others': the share of lines covered, as a
/// `test_run` of the suite `coverage`.
enum CoberturaCollector: Collector {
  static let format = "cobertura"
  static let summary = "Cobertura XML coverage report"
  static let gives: [RecordType] = [.test_run]

  static func recognises(_ head: Head) -> Bool {
    head.xmlRoot == "coverage" && head.text.contains("line-rate")
  }

  static func read(_ item: EvidenceItem, into reading: Reading) throws {
    reading.provides(.test_run)
    var limits = XMLLimits()
    limits.doctype = .passedOver
    var root: XMLElement?
    var open: [String] = []
    var lines: (covered: Int, valid: Int) = (0, 0)
    let isWhole = try item.xml(format: format, limits: limits, reading) { event in
      switch event {
      case .start(let element):
        if root == nil { root = element }
        // The lines of a class, not of its methods, which repeat them.
        if element.name == "line", open.suffix(2) == ["class", "lines"] {
          lines.valid += 1
          if (element["hits"].flatMap { Int($0) } ?? 0) > 0 { lines.covered += 1 }
        }
        open.append(element.name)
      case .end: open.removeLast()
      case .text: break
      }
    }
    guard isWhole, let root else { return }
    var record = Record(.test_run, place: root.place)
    record["run_id"] = .text(item.options["run"] ?? item.digest.short)
    record["sha"] = .text(item.commitInName)
    record["suite"] = .text("coverage")
    record["line_rate"] = .real(rate(root, lines))
    // Milliseconds in Cobertura and coverage.py, seconds in some .NET tools.
    let time = root["timestamp"].flatMap(epochInstant)
    record["ended_at"] = .instant(time)
    reading.effectiveAt = time
    reading.append(record)
  }

  /// Covered lines of all lines: as written, else counted, else the rounded rate.
  private static func rate(_ root: XMLElement, _ lines: (covered: Int, valid: Int)) -> Double? {
    if let covered = root["lines-covered"].flatMap(Double.init),
      let valid = root["lines-valid"].flatMap(Double.init), valid > 0, (0...valid).contains(covered)
    {
      return covered / valid
    }
    if lines.valid > 0 { return Double(lines.covered) / Double(lines.valid) }
    return root["line-rate"].flatMap(Double.init).flatMap { (0...1).contains($0) ? $0 : nil }
  }
}

extension EvidenceItem {
  /// The commit that an export without any belongs to: the option `sha`, or the 40 hexadecimal
  /// digits in its path.
  var commitInName: String? {
    if let sha = options["sha"], !sha.isEmpty { return sha }
    return "\(provenance.endpoint) \(provenance.name)".firstMatch(of: /\b[0-9a-f]{40}\b/)
      .map { String($0.0) }
  }
}
