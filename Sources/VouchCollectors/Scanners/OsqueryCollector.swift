import VouchModel

/// Reads osquery's result log, JSON Lines: the machines, their disk encryption, and, through a
/// mapping, any query.
///
/// Every line proves that its machine answered. Rows of `disk_encryption` become the host's disks.
/// With the options of ``TableMapping`` (and `query`, the query's name) the rows of that query
/// become records; a row's columns are joined by `hostIdentifier` and `unixTime`:
///
/// ```yaml
/// options: {record: log_source, query: pack/rsyslog, columns: {source_id: name, asset_id: hostIdentifier}}
/// ```
///
/// Only snapshots are read for their rows: a differential log says what changed, and the state is
/// known only to those who have every line since the beginning.
enum OsqueryCollector: Collector {
  static let format = "osquery"
  static let summary = "osquery result log: machines, disk encryption, any query by a mapping"
  static let gives = RecordType.all

  static func recognises(_ head: Head) -> Bool {
    let first = head.jsonBeginning
    return first.has(all: "name", "hostIdentifier")
      && first.has(any: "action", "snapshot", "diffResults", "columns")
  }

  static func read(_ item: EvidenceItem, into reading: Reading) throws {
    let log = OsqueryLog(item, reading)
    try item.jsonLines(format: format, reading) { log.read($0, line: $1) }
    log.finish()
  }
}

private final class OsqueryLog {
  private let item: EvidenceItem
  private let reading: Reading
  private let query: String?
  private var table: TableReader?
  private var sighted: Set<String> = []
  private var differential = 0

  init(_ item: EvidenceItem, _ reading: Reading) {
    self.item = item
    self.reading = reading
    query = item.options["query"]
    reading.provides(.host_sighting)
    var options = item.options
    options["query"] = nil
    guard options["record"] != nil else { return }
    let (mapping, problems) = TableMapping.read(
      options, source: item.provenance.source, at: item.label)
    problems.forEach(reading.diagnose)
    guard let mapping else { return }
    reading.provides(mapping.record)
    table = TableReader(mapping, item: item, reading: reading)
  }

  func read(_ json: JSON, line: Int) {
    let place = "L\(line)"
    guard let host = json["hostIdentifier"].text, let name = json["name"].text else {
      reading.diagnose(
        Diagnostic(
          "osquery.no-host", .error, at: item.at(place), "a line names no query or no host",
          why: "it cannot be counted for a host, so it is left out", fix: "collect the log again"))
      return
    }
    sight(host, json, place)
    guard let rows = json["snapshot"].array else {
      differential += 1
      return
    }
    let time = json["unixTime"].instant
    if let first = rows.first, first.has(all: "encrypted", "name") {
      reading.append(disks(rows, of: host, at: time, place))
    }
    guard let table, query == nil || query == name else { return }
    let common = [
      (key: "hostIdentifier", value: json["hostIdentifier"]),
      (key: "unixTime", value: json["unixTime"]),
    ]
    for row in rows { table.append(.object((row.object ?? []) + common), place: place) }
  }

  private func sight(_ host: String, _ json: JSON, _ place: String) {
    guard sighted.insert(host).inserted else { return }
    let decorations = json["decorations"]
    let isUUID = host.count == 36 && host.count { $0 == "-" } == 4
    var record = Record(.host_sighting, place: place, at: json["unixTime"].instant)
    record["source"] = .text("osquery")
    record["ref"] = .text(host)
    record["hostname"] = .text(decorations["hostname"].text ?? (isUUID ? nil : host))
    record["fqdn"] = .text(!isUUID && host.contains(".") ? host : nil)
    record["agent_id"] = .text(decorations["host_uuid"].text ?? (isUUID ? host : nil))
    reading.append(record)
  }

  /// Rows of the table `disk_encryption`; every value is text there.
  private func disks(_ rows: [JSON], of host: String, at time: Instant?, _ place: String) -> Record
  {
    var record = Record(.host_config, place: place, at: time)
    record["asset_id"] = .text(host)
    let disks = rows.map { row in
      JSON.object([
        ("name", row["name"]),
        ("encrypted", row["encrypted"].flag.map { .bool($0) } ?? .null),
        ("cipher", row["type"].text.map { .string($0) } ?? .null),
      ])
    }
    record["disks"] = .text(JSON.array(disks).serialised)
    return record
  }

  func finish() {
    table?.finish()
    if differential > 0 {
      reading.diagnose(
        Diagnostic(
          "osquery.differential", .note, at: item.label,
          "the rows of \(differential) differential lines are not read",
          why: "they say what changed, not what is the case",
          fix: "set snapshot: true for the queries whose rows are evidence"))
    }
  }
}
