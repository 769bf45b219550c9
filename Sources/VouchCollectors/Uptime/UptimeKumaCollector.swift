import VouchModel

/// Reads Uptime Kuma's table `heartbeat`, as JSON (`sqlite3 -json kuma.db "select h.*, m.name as
/// monitor_name from heartbeat h join monitor m on m.id = h.monitor_id order by time"`).
///
/// With all beats the result is probes. With the important ones alone (`where important = 1`),
/// which mark the changes of state, it is outages. Times are UTC.
enum UptimeKumaCollector: Collector {
  static let format = "uptime_kuma"
  static let summary = "Uptime Kuma: rows of its table heartbeat as JSON"
  static let gives: [RecordType] = [.probe, .outage]

  static func recognises(_ head: Head) -> Bool {
    head.json == "[" && head.text.contains("\"monitor_id\"") && head.text.contains("\"important\"")
  }

  static func read(_ item: EvidenceItem, into reading: Reading) throws {
    guard let json = try item.json(format: format, reading) else { return }
    let problems = RepeatedProblems()
    let beats = json.elements.enumerated().compactMap {
      beat($0.element, at: "/\($0.offset)", item, problems)
    }
    let monitors = Dictionary(grouping: beats, by: \.monitor).sorted { $0.key < $1.key }
    let isChangesOnly = !beats.isEmpty && beats.allSatisfy(\.isImportant)
    if isChangesOnly { reading.provides(.outage) } else { reading.provides(.probe) }
    for (_, all) in monitors {
      let ordered = all.sorted { $0.time < $1.time }
      if isChangesOnly {
        readChanges(ordered, item, reading)
      } else {
        readBeats(ordered, item, reading)
      }
    }
    problems.report(to: reading)
  }

  private enum State { case down, up, pending, maintenance }

  private struct Beat {
    var monitor: String
    var time: Instant
    var state: State
    var latency: Double?
    var isImportant: Bool
    var place: String
  }

  private static func beat(
    _ json: JSON, at place: String, _ item: EvidenceItem, _ problems: RepeatedProblems
  ) -> Beat? {
    guard
      let monitor = json["monitor_name"].text ?? json["name"].text ?? json["monitor_id"].text,
      let written = json["time"].text.flatMap({ WrittenTime(iso: $0) })
    else {
      problems.add(.kumaIncomplete(at: item.at(place)))
      return nil
    }
    let states: [Int: State] = [0: .down, 1: .up, 2: .pending, 3: .maintenance]
    guard let state = json["status"].integer.flatMap({ states[$0] }) else {
      problems.add(.kumaStatus(at: item.at(place)))
      return nil
    }
    return Beat(
      monitor: monitor, time: written.instant ?? written.local, state: state,
      latency: json["ping"].real, isImportant: json["important"].flag ?? false, place: place)
  }

  /// Every beat a probe. Pending is a retry on the way to down: neither yet.
  private static func readBeats(_ beats: [Beat], _ item: EvidenceItem, _ reading: Reading) {
    let names = MonitoredServices(item)
    for (index, beat) in beats.enumerated() {
      let service = names(beat.monitor)
      if beat.state == .maintenance {
        let end = index + 1 < beats.count ? beats[index + 1].time : nil
        reading.append(
          .outage(
            of: service, source: "uptime_kuma", from: beat.time, to: end, at: beat.place,
            planned: true))
        continue
      }
      let next =
        index + 1 < beats.count ? Int(beats[index + 1].time.seconds - beat.time.seconds) : nil
      let configured = item.options["step"].flatMap(prometheusDuration)
      reading.append(
        .probe(
          of: service, source: "uptime_kuma", at: beat.time,
          up: beat.state == .pending ? nil : beat.state == .up, place: beat.place,
          latency: beat.latency, interval: configured ?? next))
    }
  }

  /// A state lasts from its change to the next.
  private static func readChanges(_ beats: [Beat], _ item: EvidenceItem, _ reading: Reading) {
    let names = MonitoredServices(item)
    for (index, beat) in beats.enumerated() where beat.state == .down || beat.state == .maintenance
    {
      if index > 0, beats[index - 1].state == beat.state { continue }
      let end = beats[index...].first { $0.state != beat.state && $0.state != .pending }?.time
      reading.append(
        .outage(
          of: names(beat.monitor), source: "uptime_kuma", from: beat.time, to: end,
          at: beat.place, planned: beat.state == .maintenance))
    }
  }
}

extension Diagnostic {
  fileprivate static func kumaIncomplete(at place: String) -> Diagnostic {
    Diagnostic(
      "uptime_kuma.incomplete-row", .error, at: place, "a beat has no monitor or no time",
      why: "it belongs to no service or no period",
      fix: "export the columns of heartbeat as they are")
  }

  fileprivate static func kumaStatus(at place: String) -> Diagnostic {
    Diagnostic(
      "uptime_kuma.unknown-status", .error, at: place, "a beat's status is none of 0, 1, 2, 3",
      why: "it is neither up nor down", fix: "tell us the number and its meaning")
  }
}
