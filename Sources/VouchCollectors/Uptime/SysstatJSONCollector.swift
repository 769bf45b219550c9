import VouchModel

/// Reads `sadf -j` of sysstat: load of a host's processors, memory, disks and network, and its
/// boots.
enum SysstatJSONCollector: Collector {
  static let format = "sysstat_json"
  static let summary = "sysstat: sadf -j, load and boots of a host"
  static let gives: [RecordType] = [.metric, .reboot, .host_sighting]

  static func recognises(_ head: Head) -> Bool {
    head.json == "{" && head.text.contains("\"sysstat\"") && head.text.contains("\"hosts\"")
  }

  static func read(_ item: EvidenceItem, into reading: Reading) throws {
    guard let json = try item.json(format: format, reading) else { return }
    reading.provides(.metric, .reboot)
    let problems = RepeatedProblems()
    let clock = SysstatClock(times: TimeFields(item, format: format, problems: problems))
    for (index, host) in json.at("sysstat", "hosts").elements.enumerated() {
      readHost(host, at: "/sysstat/hosts/\(index)", clock, item, reading)
    }
    problems.report(to: reading)
  }

  private static func readHost(
    _ host: JSON, at place: String, _ clock: SysstatClock, _ item: EvidenceItem, _ reading: Reading
  ) {
    guard let name = item.configuredHost ?? host["nodename"].text else {
      reading.diagnose(.subjectUnknown(format, at: item.at(place)))
      return
    }
    reading.append(.hostSighting(source: "sysstat", ref: name, place: place))
    func time(_ json: JSON, _ place: String) -> Instant? {
      clock.instant(
        date: json["date"].text, time: json["time"].text, tz: json["tz"].text,
        utc: json["utc"].text, at: place)
    }
    for (index, sample) in host["statistics"].elements.enumerated() {
      let inner = "\(place)/statistics/\(index)"
      guard let at = time(sample["timestamp"], inner) else { continue }
      self.sample(sample).append(to: reading, host: name, at: at, place: inner)
      let interval = Int64(
        sample.at("timestamp", "interval").integer.flatMap { Int32(exactly: $0) } ?? 0)
      let start = at.advanced(by: -interval)
      reading.coversFrom = min(reading.coversFrom ?? start, start)
      reading.coversTo = max(reading.coversTo ?? at, at)
    }
    for (index, restart) in host["restarts"].elements.enumerated() {
      let inner = "\(place)/restarts/\(index)"
      guard let at = time(restart["boot"], inner) else { continue }
      reading.append(
        .sysstatBoot(of: name, at: at, kernel: host["release"].text, place: inner))
    }
  }

  private static func sample(_ json: JSON) -> SysstatSample {
    var sample = SysstatSample()
    // The name changed with -P ALL and over versions.
    for key in ["cpu-load", "cpu-load-all"] {
      let all = json[key].elements.first { $0["cpu"].text == "all" }
      sample.cpu = sample.cpu ?? all?["idle"].real.map { (100 - $0) / 100 }
    }
    sample.load1 = json.at("queue", "ldavg-1").real
    sample.memory = json.at("memory", "memused-percent").real.map { $0 / 100 }
    for device in json.at("network", "net-dev").elements {
      sample.addInterface(
        device["iface"].text, rxkB: device["rxkB"].real, txkB: device["txkB"].real)
    }
    for system in json["filesystems"].elements {
      sample.addFileSystem(percentUsed: system["%fsused"].real ?? system["fsused-percent"].real)
    }
    return sample
  }
}
