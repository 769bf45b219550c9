import VouchModel

/// Reads the output of `restic check`, as text or with `--json` (0.18 and later).
///
/// The output names neither repository nor date: the option `target` names the repository, and the
/// check counts for the time it was collected.
enum ResticCheckCollector: Collector {
  static let format = "restic_check"
  static let summary = "Check of a restic repository (restic check)"
  static let gives: [RecordType] = [.compliance_check]

  private static let good = "no errors were found"
  private static let bad = ["repository contains errors", "Fatal:", "error for "]

  static func recognises(_ head: Head) -> Bool {
    if head.json != nil { return head.hasJSON("message_type", "num_errors") }
    let lines = head.firstLines
    return lines.contains { $0.hasPrefix("load indexes") || $0.hasPrefix("check all packs") }
      || lines.contains { $0.hasPrefix("check snapshots, trees and blobs") }
  }

  static func read(_ item: EvidenceItem, into reading: Reading) throws {
    reading.provides(.compliance_check)
    guard let target = item.options["target"] ?? item.options["asset"] else {
      reading.diagnose(.checkTargetUnknown(format, at: item.label))
      return
    }
    let head = Head(raw: try item.head(), name: item.provenance.name)
    let result = head.json != nil ? try summary(item, reading) : try text(item, reading)
    guard let (isGood, line) = result else {
      reading.diagnose(.checkCutOff(format, at: item.label))
      return
    }
    reading.append(
      .repositoryCheck(tool: "restic", target: target, isGood: isGood, place: "L\(line)"))
  }

  private static func summary(
    _ item: EvidenceItem, _ reading: Reading
  ) throws -> (Bool, Int)? {
    var result: (Bool, Int)?
    try item.jsonLines(format: format, reading) { message, line in
      guard message["message_type"].text == "summary", let errors = message["num_errors"].integer
      else { return }
      result = (errors == 0, line)
    }
    return result
  }

  private static func text(_ item: EvidenceItem, _ reading: Reading) throws -> (Bool, Int)? {
    var result: (Bool, Int)?
    try item.lines(reading) { bytes, number in
      let line = String(decoding: bytes, as: UTF8.self)
      if bad.contains(where: line.contains) {
        result = (false, number)
      } else if line.contains(good), result == nil {
        result = (true, number)
      }
    }
    return result
  }
}
