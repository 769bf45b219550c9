import VouchModel

/// Reads backup sessions of Veeam as PowerShell exports them:
/// `Get-VBRBackupSession | Select JobName, JobType, CreationTime, EndTime, Result, State | Export-Csv`.
///
/// Times are local and in the order of the machine's locale: `dd/MM` and `MM/dd` are told by a day
/// above 12 somewhere in the file, else by the option `time_format`; never guessed.
enum VeeamCollector: Collector {
  static let format = "veeam"
  static let summary = "Veeam backup sessions (CSV of Get-VBRBackupSession)"
  static let gives: [RecordType] = [.backup_job]

  static func recognises(_ head: Head) -> Bool {
    guard head.json == nil, head.xmlRoot == nil else { return false }
    var lines = head.firstLines[...]
    if lines.first?.hasPrefix("#TYPE") == true { lines = lines.dropFirst() }
    let titles = Set(
      (lines.first ?? "").split { $0 == "," || $0 == ";" }.map { name in
        name.trimmed.filter { $0 != "\"" }
      })
    return titles.isSuperset(of: ["JobName", "CreationTime", "EndTime", "Result"])
  }

  static func read(_ item: EvidenceItem, into reading: Reading) throws {
    reading.provides(.backup_job)
    let (table, firstLine) = withoutType(try item.decodedText(reading))
    let head = String(decoding: table.prefix(4096), as: UTF8.self)
    var rows: [Row] = []
    try item.rows(
      of: Array(table), format: format, separator: DelimitedText.separator(of: head),
      firstLine: firstLine, reading
    ) { rows.append($0) }
    let problems = RepeatedProblems()
    let times = TimeFields(
      item, format: format,
      patterns: VeeamTimes.patterns(rows.flatMap { [$0["CreationTime"], $0["EndTime"]] }),
      problems: problems)
    for row in rows { append(row, times, item, reading) }
    problems.report(to: reading)
  }

  /// The CSV without the line `#TYPE …` and how many lines that was.
  private static func withoutType(_ text: [UInt8]) -> (ArraySlice<UInt8>, Int) {
    guard text.starts(with: "#TYPE".utf8) else { return (text[...], 1) }
    return (text.drop { $0 != 0x0A }.dropFirst(), 2)
  }

  private static func append(
    _ row: Row, _ times: TimeFields, _ item: EvidenceItem, _ reading: Reading
  ) {
    let place = row.place
    guard let name = row["JobName"], let created = row["CreationTime"] else {
      reading.diagnose(
        .missingField(
          format, row["JobName"] == nil ? "JobName" : "CreationTime", at: item.at(place),
          why: "a run without name and time cannot be told apart"))
      return
    }
    let word = row.raw("Result")?.trimmed ?? ""
    guard let status = status(word, state: row["State"]) else {
      reading.diagnose(
        .unknownWord(
          format, "Result", word, at: item.at(place),
          why: "a backup that neither succeeded nor failed proves no recovery point"))
      return
    }
    var record = Record.backupJob(source: "veeam", id: "\(name)/\(created)", place: place)
    record["store_id"] = .text(item.store(called: name))
    record["started_at"] = .instant(
      times.instant(created, "CreationTime", at: place, severity: .error))
    record["ended_at"] = .instant(times.instant(row["EndTime"], "EndTime", at: place))
    record["status"] = .text(status)
    record["bytes"] = .integer((row["BackupSize"] ?? row["DataSize"]).flatMap { Int($0) })
    record["target"] = .text(item.backupTarget(row["RepositoryName"]))
    record["offsite"] = .flag(item.isOffsite(row["RepositoryName"]))
    reading.append(record)
  }

  /// A warning means that the job ended and something was left out or retried.
  private static func status(_ result: String, state: String?) -> String? {
    switch result {
    case "Success": "success"
    case "Warning": "partial"
    case "Failed": "failed"
    case "None", "": state == "Stopped" ? nil : "running"
    default: nil
    }
  }
}

/// Which of the two orders of day and month a file is written in.
private enum VeeamTimes {
  static func patterns(_ times: [String?]) -> [String] {
    var isDayFirst = false
    var isMonthFirst = false
    for time in times.compactMap({ $0 }) {
      let parts = time.split { !$0.isNumber }.prefix(2).compactMap { Int($0) }
      guard parts.count == 2, parts[0] <= 31 else { continue }
      if parts[0] > 12 { isDayFirst = true }
      if parts[1] > 12 { isMonthFirst = true }
    }
    // With neither or both, no order is certain, and the times stay unread.
    guard isDayFirst != isMonthFirst else { return [] }
    let dates = isDayFirst ? ["d/M/yyyy", "d.M.yyyy", "d-M-yyyy"] : ["M/d/yyyy", "M-d-yyyy"]
    return dates.flatMap { ["\($0) H:mm:ss", "\($0) h:mm:ss a", "\($0) H:mm", "\($0) h:mm a"] }
  }
}
