import Foundation
import VouchModel

/// Reads Suricata's `fast.log`: one line an alert, times without a zone.
///
/// It says nothing of the sensor's health; `eve.json` holds the same alerts and that too. Collect
/// one of the two.
enum SuricataFastLogCollector: Collector {
  static let format = "suricata_fast_log"
  static let summary = "Suricata alerts (fast.log)"
  static let gives: [RecordType] = [.alert, .host_sighting]

  static func recognises(_ head: Head) -> Bool {
    let lines = head.firstLines.filter { !$0.isEmpty }
    return !lines.isEmpty && lines.allSatisfy { Line($0) != nil }
  }

  static func read(_ item: EvidenceItem, into reading: Reading) throws {
    reading.provides(.alert)
    guard let host = reading.commandHost(format: format) else { return }
    reading.appendCommandSighting(of: host)
    let problems = RepeatedProblems()
    let times = TimeFields(item, format: format, problems: problems)
    var stream = EventStream()
    var seen: [String: Int] = [:]
    try item.lines(reading) { bytes, number in
      let text = String(decoding: bytes, as: UTF8.self)
      if text.trimmed.isEmpty { return }
      guard let line = Line(text) else {
        problems.add(.notAnAlert(at: item.at("L\(number)")))
        return
      }
      let time = times.instant(line.time, "timestamp", at: "L\(number)", severity: .error)
      if let time { stream.take(time) }
      let key = "\(line.rule)/\(line.written)/\(line.flow)"
      seen[key, default: 0] += 1
      let occurrence = seen[key] ?? 1
      var record = Record(.alert, place: "L\(number)")
      record["source"] = .text("suricata")
      record["alert_id"] = .text(occurrence > 1 ? "\(key)/\(occurrence)" : key)
      record["rule"] = .text("\(line.rule) \(line.text)")
      record["severity"] = .text(suricataSeverity(line.priority))
      record["asset_id"] = .text(host)
      record["raised_at"] = .instant(time)
      record["kind"] = .text("security")
      reading.append(record)
    }
    reading.coversFrom = stream.first
    reading.coversTo = stream.last
    problems.report(to: reading)
  }

  /// `01/14/2026-22:39:12.8  [**] [1:2260002:1] text [**] [Classification: …] [Priority: 3] {TCP} a:1 -> b:2`
  private struct Line {
    let written: String
    let time: WrittenTime
    let rule: String
    let text: String
    let priority: Int?
    let flow: String

    init?(_ line: some StringProtocol) {
      let parts = line.components(separatedBy: "[**]")
      guard parts.count == 3, let time = Self.pattern?.read(parts[0].trimmed),
        let close = parts[1].firstIndex(of: "]"), let open = parts[1].firstIndex(of: "["),
        open < close
      else { return nil }
      self.time = time
      written = parts[0].trimmed
      let id = parts[1][parts[1].index(after: open)..<close].split(separator: ":")
      guard id.count == 3 else { return nil }
      rule = "\(id[0]):\(id[1])"
      text = parts[1][parts[1].index(after: close)...].trimmed
      let rest = parts[2]
      priority = rest.firstRange(of: "[Priority: ").flatMap {
        Int(rest[$0.upperBound...].prefix { $0.isNumber })
      }
      flow = rest.lastIndex(of: "}").map { rest[rest.index(after: $0)...].trimmed } ?? ""
    }

    private static let pattern = TimePattern("MM/dd/yyyy-HH:mm:ss.S")
  }
}

extension Diagnostic {
  fileprivate static func notAnAlert(at place: String) -> Diagnostic {
    Diagnostic(
      "suricata_fast_log.not-an-alert", .error, at: place, "the line is no alert",
      why: "an alert it may have held is missing from the population",
      fix: "collect the file unedited, or eve.json")
  }
}
