import VouchModel

/// Reads the output of `borg check` (it goes to standard error: redirect it, `borg check REPO
/// 2>&1`).
///
/// The output names neither repository nor date: the option `target` names the repository, and the
/// check counts for the time it was collected.
enum BorgCheckCollector: Collector {
  static let format = "borg_check"
  static let summary = "Check of a BorgBackup repository (borg check)"
  static let gives: [RecordType] = [.compliance_check]

  static func recognises(_ head: Head) -> Bool {
    head.firstLines.contains {
      $0.hasPrefix("Starting repository check")
        || $0.hasPrefix("Starting archive consistency check")
    }
  }

  static func read(_ item: EvidenceItem, into reading: Reading) throws {
    reading.provides(.compliance_check)
    guard let target = item.options["target"] ?? item.options["asset"] else {
      reading.diagnose(.checkTargetUnknown(format, at: item.label))
      return
    }
    // Repository and archives are two checks; both may be asked for alone.
    var isGood: Bool?
    var begun = 0
    var ended = 0
    var last = 1
    try item.lines(reading) { bytes, number in
      let line = String(decoding: bytes, as: UTF8.self)
      if line.hasPrefix("Starting repository check")
        || line.hasPrefix("Starting archive consistency check")
      {
        begun += 1
      }
      let verdicts = ["Finished", "Archive consistency check complete"]
      guard verdicts.contains(where: line.hasPrefix), line.contains("found") else { return }
      ended += 1
      let passed = line.contains("no errors found") || line.contains("no problems found")
      isGood = (isGood ?? true) && passed
      last = number
    }
    guard let isGood, ended >= begun else {
      reading.diagnose(.checkCutOff(format, at: item.label))
      return
    }
    reading.append(
      .repositoryCheck(tool: "borg", target: target, isGood: isGood, place: "L\(last)"))
  }
}
