import VouchModel

/// Reads `fail2ban-client status JAIL`: one jail of one host, with its count of bans since the
/// service started. Without a jail's name the command lists the jails only.
enum Fail2banCollector: Collector {
  static let format = "fail2ban"
  static let summary = "A jail of fail2ban on a host (fail2ban-client status JAIL)"
  static let gives: [RecordType] = [.sensor, .host_sighting]

  static func recognises(_ head: Head) -> Bool {
    guard let first = head.firstLines.first(where: { !$0.isEmpty }) else { return false }
    return first.hasPrefix("Status for the jail: ")
      || (first == "Status" && head.text.contains("Jail list:"))
  }

  static func read(_ item: EvidenceItem, into reading: Reading) throws {
    reading.provides(.sensor)
    guard let host = reading.commandHost(format: format) else { return }
    var fields: [String: String] = [:]
    try item.lines(reading) { bytes, _ in
      let line = String(decoding: bytes, as: UTF8.self)
      let parts = line.split(separator: ":", maxSplits: 1)
      guard parts.count == 2 else { return }
      let key = parts[0].drop { !$0.isLetter }.trimmed.lowercased()
      fields[key] = fields[key] ?? parts[1].trimmed
    }
    reading.appendCommandSighting(of: host)
    let jails: [String]
    if let jail = fields["status for the jail"] {
      jails = [jail]
    } else {
      jails = (fields["jail list"] ?? "").split(separator: ",").map(\.trimmed)
    }
    for jail in jails where !jail.isEmpty {
      var record = Record(.sensor, place: "L1")
      record["source"] = .text("fail2ban:\(jail)")
      record["asset_id"] = .text(host)
      record["kind"] = .text("hids")
      record["mode"] = .text("prevent")
      record["detections"] = .integer(fields["total banned"].flatMap { Int($0) })
      reading.append(record)
    }
  }
}
