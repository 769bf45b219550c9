import VouchModel

/// Reads `journalctl --list-boots` of one host, as JSON (`-o json`, systemd 254) or as a table.
///
/// The last entry of a boot stands for its end. A journal that is not kept on disk lists one boot.
/// The table's zone abbreviations name more than one zone, so times in other than UTC are read in
/// the source's zone. The output names no host: see ``VouchModel/EvidenceItem/subjectHost``.
enum JournalBootsCollector: Collector {
  static let format = "journal_boots"
  static let summary = "journalctl --list-boots of one host, JSON or table"
  static let gives: [RecordType] = [.reboot, .host_sighting]

  private nonisolated(unsafe) static let row =
    #/ *(-?\d+) +([0-9a-f]{32}) +(.*?)(?:—|--|\s+(?=(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) ))(.*)/#

  static func recognises(_ head: Head) -> Bool {
    if head.json == "[" {
      return head.text.contains("\"boot_id\"") && head.text.contains("\"first_entry\"")
    }
    guard head.json == nil, head.xmlRoot == nil else { return false }
    return head.text.firstMatch(of: #/(?m)^ *-?\d+ [0-9a-f]{32} \w{3} \d{4}-\d\d-\d\d /#) != nil
  }

  static func read(_ item: EvidenceItem, into reading: Reading) throws {
    reading.provides(.reboot, .host_sighting)
    guard let host = item.subjectHost else {
      reading.diagnose(.subjectUnknown(format, at: item.label))
      return
    }
    let head = Head(raw: try item.head(), name: item.provenance.name)
    let problems = RepeatedProblems()
    let boots =
      head.json == nil
      ? try readTable(item, reading, problems) : try readJSON(item, reading, problems)
    if !boots.isEmpty { reading.append(.hostSighting(source: "journal", ref: host, place: "L1")) }
    for boot in boots {
      var record = Record(.reboot, place: boot.place)
      record["source"] = .text("journal")
      record["asset_id"] = .text(host)
      record["booted_at"] = .instant(boot.start)
      // Index 0 is the boot that is running now.
      if boot.index != 0 { record["ended_at"] = .instant(boot.end) }
      record["boot_id"] = .text(boot.id)
      reading.append(record)
    }
    reading.coversFrom = boots.map(\.start).min()
    problems.report(to: reading)
  }

  private struct Boot {
    var index: Int
    var id: String?
    var start: Instant
    var end: Instant?
    var place: String
  }

  private static func readJSON(
    _ item: EvidenceItem, _ reading: Reading, _ problems: RepeatedProblems
  ) throws -> [Boot] {
    guard let json = try item.json(format: format, reading) else { return [] }
    return json.elements.enumerated().compactMap { position, entry in
      guard let index = entry["index"].integer, let start = entry["first_entry"].instant else {
        problems.add(.journalBoot(at: item.at("/\(position)")))
        return nil
      }
      return Boot(
        index: index, id: entry["boot_id"].text, start: start,
        end: entry["last_entry"].instant, place: "/\(position)")
    }
  }

  private static func readTable(
    _ item: EvidenceItem, _ reading: Reading, _ problems: RepeatedProblems
  ) throws -> [Boot] {
    let times = TimeFields(item, format: format, problems: problems)
    var boots: [Boot] = []
    try item.lines(reading) { bytes, number in
      let line = String(decoding: bytes, as: UTF8.self)
      if line.trimmingSpace.isEmpty || line.contains("FIRST ENTRY") { return }
      let place = "L\(number)"
      // A line of the table has about 100 characters; the pattern takes the square of its length.
      guard bytes.count <= 1000, let match = line.wholeMatch(of: row), let index = Int(match.1),
        let start = instant(match.3, "first entry", times, place)
      else {
        problems.add(.journalBoot(at: item.at(place)))
        return
      }
      boots.append(
        Boot(
          index: index, id: String(match.2), start: start,
          end: instant(match.4, "last entry", times, place), place: place))
    }
    return boots
  }

  /// `Mon 2023-06-19 16:59:20 CEST`
  private static func instant(
    _ text: Substring, _ field: String, _ times: TimeFields, _ place: String
  ) -> Instant? {
    let words = text.split(separator: " ")
    guard words.count >= 3 else { return nil }
    let zone = words.count > 3 && words[3] == "UTC" ? "Z" : ""
    return times.instant("\(words[1])T\(words[2])\(zone)", field, at: place, severity: .error)
  }
}

extension Diagnostic {
  fileprivate static func journalBoot(at place: String) -> Diagnostic {
    Diagnostic(
      "journal_boots.unknown-boot", .error, at: place,
      "a boot's number or first entry cannot be read",
      why: "a restart may be missing",
      fix: "collect journalctl --list-boots --utc, or with -o json from systemd 254")
  }
}
