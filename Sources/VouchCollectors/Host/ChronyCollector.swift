import VouchModel

/// Reads `chronyc tracking`: whether the clock of one host follows a time source, and how far off
/// it is. Ask for `LC_ALL=C`.
enum ChronyCollector: Collector {
  static let format = "chrony"
  static let summary = "Clock of a host (chronyc tracking)"
  static let gives: [RecordType] = [.host_config, .host_sighting]

  static func recognises(_ head: Head) -> Bool {
    let titles = Set(head.firstLines.map { $0.prefix { $0 != ":" }.trimmed })
    return titles.isSuperset(of: ["Reference ID", "Stratum", "System time", "Leap status"])
  }

  static func read(_ item: EvidenceItem, into reading: Reading) throws {
    reading.provides(.host_config)
    guard let host = reading.commandHost(format: format) else { return }
    var fields: [String: String] = [:]
    try item.lines(reading) { bytes, _ in
      let line = String(decoding: bytes, as: UTF8.self)
      let parts = line.split(separator: ":", maxSplits: 1)
      if parts.count == 2 { fields[parts[0].trimmed] = parts[1].trimmed }
    }
    guard let leap = fields["Leap status"], let offset = milliseconds(fields["System time"]) else {
      reading.diagnose(
        .missingField(
          format, fields["Leap status"] == nil ? "Leap status" : "System time", at: item.label,
          why: "without it the clock's state is unknown"))
      return
    }
    reading.appendCommandSighting(of: host)
    var record = Record(.host_config, place: "L1")
    record["asset_id"] = .text(host)
    record["ntp"] = .text(
      "{\"synchronised\":\(leap != "Not synchronised"),\"offset_ms\":\(offset)}")
    reading.append(record)
  }

  /// `0.000006523 seconds slow of NTP time`, in milliseconds with three decimals; slow is negative.
  private static func milliseconds(_ text: String?) -> String? {
    guard let text, let seconds = text.split(separator: " ").first.flatMap({ Double($0) }) else {
      return nil
    }
    let thousandths = (seconds * 1e6).rounded()
    guard thousandths.magnitude < 1e15 else { return nil }
    let value = Int(thousandths) * (text.contains("slow") ? -1 : 1)
    let digits = String(value.magnitude % 1000)
    let fraction = String(repeating: "0", count: 3 - digits.count) + digits
    return "\(value < 0 ? "-" : "")\(value.magnitude / 1000).\(fraction)"
  }
}
