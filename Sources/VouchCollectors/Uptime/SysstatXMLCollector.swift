import VouchModel

/// Reads `sadf -x` of sysstat, the XML twin of `sadf -j`.
enum SysstatXMLCollector: Collector {
  static let format = "sysstat_xml"
  static let summary = "sysstat: sadf -x, load and boots of a host"
  static let gives: [RecordType] = [.metric, .reboot, .host_sighting]

  static func recognises(_ head: Head) -> Bool { head.xmlRoot == "sysstat" }

  static func read(_ item: EvidenceItem, into reading: Reading) throws {
    reading.provides(.metric, .reboot)
    let problems = RepeatedProblems()
    let clock = SysstatClock(times: TimeFields(item, format: format, problems: problems))
    var sighted: Set<String> = []
    // `release` comes before the samples of its host.
    var kernel: String?
    try item.xml(
      format: format, each: ["release", "timestamp", "boot"], reading
    ) { node, ancestors in
      if node.name == "release" {
        kernel = node.text
        return
      }
      let written = ancestors.first { $0.name == "host" }?["nodename"]
      guard let host = item.configuredHost ?? written else {
        problems.add(.subjectUnknown(format, at: item.at(node.place)))
        return
      }
      if sighted.insert(host).inserted {
        reading.append(.hostSighting(source: "sysstat", ref: host, place: node.place))
      }
      guard
        let at = clock.instant(
          date: node["date"], time: node["time"], tz: node["tz"], utc: node["utc"], at: node.place)
      else { return }
      if node.name == "boot" {
        reading.append(.sysstatBoot(of: host, at: at, kernel: kernel, place: node.place))
        return
      }
      sample(node).append(to: reading, host: host, at: at, place: node.place)
      let start = at.advanced(by: -Int64(node["interval"].flatMap { Int32($0) } ?? 0))
      reading.coversFrom = min(reading.coversFrom ?? start, start)
      reading.coversTo = max(reading.coversTo ?? at, at)
    }
    problems.report(to: reading)
  }

  private static func sample(_ node: XMLNode) -> SysstatSample {
    var sample = SysstatSample()
    for key in ["cpu-load", "cpu-load-all"] {
      let all = node.at(key).children("cpu").first { $0["number"] == "all" }
      sample.cpu = sample.cpu ?? all?["idle"].flatMap(Double.init).map { (100 - $0) / 100 }
    }
    sample.load1 = node.at("queue")["ldavg-1"].flatMap(Double.init)
    sample.memory = node.text("memory", "memused-percent").flatMap(Double.init).map { $0 / 100 }
    for device in node.at("network").children("net-dev") {
      sample.addInterface(
        device["iface"], rxkB: device["rxkB"].flatMap(Double.init),
        txkB: device["txkB"].flatMap(Double.init))
    }
    for system in node.at("filesystems").children("filesystem") {
      sample.addFileSystem(percentUsed: system["fsused-percent"].flatMap(Double.init))
    }
    return sample
  }
}
