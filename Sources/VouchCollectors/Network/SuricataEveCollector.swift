import VouchModel

/// Reads Suricata's `eve.json`: alerts, and from its statistics whether the sensor works.
///
/// The sensor's row speaks of the last event in the file. `rules_updated_at` is a reload of the
/// rules while Suricata ran; the loading at its start proves no update. The last line may be cut
/// off, as the file is still being written.
enum SuricataEveCollector: Collector {
  static let format = "suricata_eve"
  static let summary = "Suricata events (eve.json): alerts and the sensor's health"
  static let gives: [RecordType] = [.alert, .sensor, .host_sighting]

  static func recognises(_ head: Head) -> Bool {
    let paths = head.jsonPaths
    return paths.isSuperset(of: ["timestamp", "event_type"])
      && !paths.isDisjoint(with: [
        "flow_id", "stats", "stats.uptime", "src_ip", "in_iface", "engine",
      ])
  }

  static func read(_ item: EvidenceItem, into reading: Reading) throws {
    reading.provides(.alert, .sensor)
    guard let host = reading.commandHost(format: format) else { return }
    reading.appendCommandSighting(of: host)
    var sensor = Sensor()
    var alerts = SuricataAlerts(host: host)
    try eachEvent(item, reading) { event, line in
      // Of all other events only the time matters.
      if case .other(let time) = event {
        sensor.take(.null, time)
        return
      }
      guard case .whole(let event) = event else { return }
      guard let time = event["timestamp"].instant else {
        reading.diagnose(
          .missingField(
            format, "timestamp", at: item.at("L\(line)"),
            why: "an event without a time belongs to no period"))
        return
      }
      sensor.take(event, time)
      if event["event_type"].text == "alert", let record = alerts.record(event, time, line) {
        reading.append(record)
      }
    }
    reading.coversFrom = sensor.stream.first
    reading.coversTo = sensor.stream.last
    reading.append(sensor.record(host: host, alerts: alerts.count))
  }

  private enum Event {
    case whole(JSON)
    /// Neither alert nor statistics.
    case other(Instant)
  }

  private static func eachEvent(
    _ item: EvidenceItem, _ reading: Reading, _ body: (Event, Int) -> Void
  ) throws {
    // Held back until the next line shows that it was not the last one.
    var pending: (error: JSONError, line: Int)?
    try item.lines(reading) { bytes, number in
      if bytes.allSatisfy({ $0 == 0x20 || $0 == 0x09 }) { return }
      if let pending {
        reading.diagnose(.badJSON(format, pending.error, at: item.at("L\(pending.line)")))
      }
      pending = nil
      if let time = timeOfOther(bytes) {
        body(.other(time), number)
        return
      }
      do {
        body(.whole(try JSON.parse(bytes)), number)
      } catch let error as JSONError {
        pending = (error, number)
      }
    }
    guard let pending else { return }
    reading.diagnose(
      pending.error.isTruncated
        ? .lastEventCut(at: item.at("L\(pending.line)"))
        : .badJSON(format, pending.error, at: item.at("L\(pending.line)")))
  }

  private static let timeMark = Array("{\"timestamp\":\"".utf8)
  private static let typeMark = Array("\"event_type\":\"".utf8)
  private static let wholeTypes = [Array("alert\"".utf8), Array("stats\"".utf8)]

  /// The time of an event that is neither alert nor statistics, without reading all of it: such
  /// events are nine in ten of a file that may be gigabytes. Nil when the line has to be parsed.
  private static func timeOfOther(_ line: ArraySlice<UInt8>) -> Instant? {
    guard line.starts(with: timeMark), line.last == UInt8(ascii: "}") else { return nil }
    let time = line.dropFirst(timeMark.count).prefix { $0 != UInt8(ascii: "\"") }
    // Suricata writes the type among the first fields.
    let head = line.prefix(512)
    guard let mark = head.firstRange(of: typeMark) else { return nil }
    let type = line[mark.upperBound...]
    guard !wholeTypes.contains(where: { type.starts(with: $0) }) else { return nil }
    return WrittenTime(iso: String(decoding: time, as: UTF8.self))?.instant
  }

  private struct Sensor {
    private(set) var stream = EventStream()
    private var packets = RunningCounter()
    private var drops = RunningCounter()
    private var rulesLoadedAt: Instant?

    /// Suricata loads its rules within minutes of its start.
    private static let startSeconds: Int64 = 900

    mutating func take(_ event: JSON, _ time: Instant) {
      stream.take(time)
      guard event["event_type"].text == "stats" else { return }
      let stats = event["stats"]
      if let value = stats.at("capture", "kernel_packets").real { packets.take(value) }
      if let value = stats.at("capture", "kernel_drops").real { drops.take(value) }
      guard let uptime = stats["uptime"].integer, uptime >= 0 else { return }
      let started = time.advanced(by: -Int64(uptime))
      for engine in stats.at("detect", "engines").elements {
        guard let loaded = engine["last_reload"].instant,
          loaded.seconds - started.seconds > Self.startSeconds
        else { continue }
        rulesLoadedAt = max(rulesLoadedAt ?? loaded, loaded)
      }
    }

    func record(host: String, alerts: Int) -> Record {
      var record = Record(.sensor, place: "", at: stream.last)
      record["source"] = .text("suricata")
      record["asset_id"] = .text(host)
      record["kind"] = .text("ids")
      record["last_event_at"] = .instant(stream.last)
      record["rules_updated_at"] = .instant(rulesLoadedAt)
      // Without a packet there is nothing to drop, and nothing that was watched.
      if packets.counted > 0 { record["drop_rate"] = .real(drops.counted / packets.counted) }
      record["max_gap_seconds"] = .integer(stream.maxGapSeconds)
      record["detections"] = .integer(alerts)
      return record
    }
  }
}

/// Alerts of `eve.json`, numbered apart when one packet gives the same alert twice.
private struct SuricataAlerts {
  let host: String
  private(set) var count = 0
  /// Alerts of the last minute: the same alert twice has the same time.
  private var seen: [String: Int] = [:]
  private var seenSince: Instant?

  init(host: String) { self.host = host }

  mutating func record(_ event: JSON, _ time: Instant, _ line: Int) -> Record? {
    let alert = event["alert"]
    count += 1
    let rule = "\(alert["gid"].text ?? "1"):\(alert["signature_id"].text ?? "0")"
    let key = "\(event["flow_id"].text ?? "-")/\(rule)/\(event["timestamp"].text ?? "")"
    if seenSince.map({ time.seconds - $0.seconds > 60 }) ?? true {
      seen.removeAll(keepingCapacity: true)
      seenSince = time
    }
    seen[key, default: 0] += 1
    let number = seen[key] ?? 1
    var record = Record(.alert, place: "L\(line)")
    record["source"] = .text("suricata")
    record["alert_id"] = .text(number > 1 ? "\(key)/\(number)" : key)
    record["rule"] = .text("\(rule) \(alert["signature"].text ?? "")".trimmed)
    record["severity"] = .text(suricataSeverity(alert["severity"].integer))
    record["asset_id"] = .text(host)
    record["raised_at"] = .instant(time)
    record["kind"] = .text("security")
    return record
  }
}

/// Suricata's priority: 1 is the highest, 3 the usual lowest, 4 and more may be configured.
func suricataSeverity(_ priority: Int?) -> String? {
  switch priority {
  case 1: "high"
  case 2: "medium"
  case let number? where number >= 3: "low"
  default: nil
  }
}

extension Diagnostic {
  fileprivate static func lastEventCut(at place: String) -> Diagnostic {
    Diagnostic(
      "suricata_eve.last-event-cut", .warning, at: place, "the last event is cut off",
      why: "the file was being written when it was copied; the event is in the next copy",
      fix: "collect the rotated file, which is complete")
  }
}
