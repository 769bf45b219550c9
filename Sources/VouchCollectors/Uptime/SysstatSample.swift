import VouchModel

/// One sample of sysstat, whatever it was written as.
struct SysstatSample {
  /// Shares of 1.
  var cpu: Double?
  var memory: Double?
  /// The fullest file system.
  var disk: Double?
  var load1: Double?
  /// Bytes a second over all interfaces but the loopback.
  var received: Double?
  var sent: Double?

  /// sysstat's kB are 1024 bytes (sar(1)).
  mutating func addInterface(_ name: String?, rxkB: Double?, txkB: Double?) {
    guard name != "lo" else { return }
    if let rxkB { received = (received ?? 0) + rxkB * 1024 }
    if let txkB { sent = (sent ?? 0) + txkB * 1024 }
  }

  mutating func addFileSystem(percentUsed: Double?) {
    if let percentUsed { disk = max(disk ?? 0, percentUsed / 100) }
  }

  func append(to reading: Reading, host: String, at time: Instant, place: String) {
    let values: [(String, Double?)] = [
      ("cpu", cpu), ("load1", load1), ("memory", memory), ("disk", disk), ("net_rx", received),
      ("net_tx", sent),
    ]
    for case (let name, let value?) in values {
      reading.append(.metric(name, of: host, at: time, value, place: place))
    }
  }
}

/// The times of a sysstat file. `tz` is `UTC` unless sadf ran with `-t`; old versions write
/// `utc="1"` instead.
struct SysstatClock {
  let times: TimeFields

  func instant(date: String?, time: String?, tz: String?, utc: String?, at place: String)
    -> Instant?
  {
    guard let date, let time else { return nil }
    let isUTC = tz == "UTC" || tz == "GMT" || utc == "1"
    return times.instant(
      "\(date)T\(time)\(isUTC ? "Z" : "")", "timestamp", at: place, severity: .error)
  }
}

extension Record {
  static func sysstatBoot(of host: String, at time: Instant, kernel: String?, place: String)
    -> Record
  {
    var record = Record(.reboot, place: place)
    record["source"] = .text("sysstat")
    record["asset_id"] = .text(host)
    record["booted_at"] = .instant(time)
    record["kernel"] = .text(kernel)
    return record
  }
}
