import VouchModel

/// Reads `status.dat` of Nagios Core: one probe of each host and service, as last checked.
///
/// A soft failure is not confirmed yet, and an unreachable host was not looked at: both are unknown.
enum NagiosStatusCollector: Collector {
  static let format = "nagios_status"
  static let summary = "Nagios Core: status.dat, the last check of each host and service"
  static let gives: [RecordType] = [.probe]

  static func recognises(_ head: Head) -> Bool {
    head.text.firstMatch(of: /(?m)^(?:hoststatus|servicestatus|programstatus|info) \{$/) != nil
      && head.text.contains("\t")
  }

  static func read(_ item: EvidenceItem, into reading: Reading) throws {
    reading.provides(.probe)
    let problems = RepeatedProblems()
    let names = MonitoredServices(item)
    var block: (kind: String, line: Int, values: [String: String])?
    try item.lines(reading) { bytes, number in
      let line = String(decoding: bytes, as: UTF8.self).trimmingSpace
      if line.hasSuffix(" {") {
        block = (String(line.dropLast(2)), number, [:])
      } else if line == "}" {
        if let block { read(block, names, item, reading, problems) }
        block = nil
      } else if let equals = line.firstIndex(of: "=") {
        block?.values[String(line[..<equals])] = String(line[line.index(after: equals)...])
      }
    }
    if block != nil { reading.diagnose(.statusCut(at: item.label)) }
    problems.report(to: reading)
  }

  private static func read(
    _ block: (kind: String, line: Int, values: [String: String]), _ names: MonitoredServices,
    _ item: EvidenceItem, _ reading: Reading, _ problems: RepeatedProblems
  ) {
    let place = "L\(block.line)"
    let values = block.values
    if block.kind == "info", let created = values["created"].flatMap({ epochInstant($0) }) {
      reading.effectiveAt = created
    }
    guard block.kind == "hoststatus" || block.kind == "servicestatus" else { return }
    guard let host = values["host_name"], let checked = values["last_check"].flatMap(epochInstant)
    else {
      problems.add(.statusNeverChecked(at: item.at(place)))
      return
    }
    let isHost = block.kind == "hoststatus"
    let name = isHost ? host : "\(host)/\(values["service_description"] ?? "")"
    // Seconds, unless the configuration changes interval_length from its 60.
    let interval = values["check_interval"].flatMap(Double.init).flatMap {
      Int(exactly: ($0 * 60).rounded())
    }
    reading.append(
      .probe(
        of: names(name), source: "nagios", at: checked, up: up(values, isHost: isHost),
        place: place, interval: interval))
  }

  private static func up(_ values: [String: String], isHost: Bool) -> Bool? {
    let state = values["current_state"]
    let isHard = values["state_type"] != "0"
    switch (isHost, state) {
    case (_, "0"), (false, "1"): return true
    case (true, "1"), (false, "2"): return isHard ? false : nil
    default: return nil
    }
  }
}

extension Diagnostic {
  fileprivate static func statusCut(at place: String) -> Diagnostic {
    Diagnostic(
      "nagios_status.truncated", .error, at: place, "the file ends inside a block",
      why: "hosts and services after it are missing", fix: "copy the file again")
  }

  fileprivate static func statusNeverChecked(at place: String) -> Diagnostic {
    Diagnostic(
      "nagios_status.never-checked", .error, at: place,
      "a host or service has no name or was never checked",
      why: "whether it is up is unknown", fix: "let Nagios check it")
  }
}
