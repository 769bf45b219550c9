import VouchModel

/// Reads one answer of the Prometheus blackbox exporter (`/probe?target=...`, exposition text).
///
/// The text names neither its target nor its time: the service comes from the option `service` or
/// the `target` of the request, the time is the one of the collection. A TLS probe also gives the
/// certificate's end.
enum BlackboxCollector: Collector {
  static let format = "blackbox"
  static let summary = "Prometheus blackbox exporter: one probe as exposition text"
  static let gives: [RecordType] = [.probe, .certificate]

  static func recognises(_ head: Head) -> Bool {
    guard head.json == nil, head.xmlRoot == nil else { return false }
    return head.text.contains("\nprobe_success ") || head.text.hasPrefix("probe_success ")
      || (head.text.contains("# TYPE probe_") && head.text.contains("# HELP probe_"))
  }

  static func read(_ item: EvidenceItem, into reading: Reading) throws {
    reading.provides(.probe)
    var samples: [String: (value: Double, labels: String, line: Int)] = [:]
    try item.lines(reading) { bytes, number in
      let line = String(decoding: bytes, as: UTF8.self)
      if line.hasPrefix("#") || line.trimmingSpace.isEmpty { return }
      guard let match = line.wholeMatch(of: /([A-Za-z_:][\w:]*)(\{.*\})?\s+(\S+)(?:\s+-?\d+)?\s*/),
        let value = Double(match.3)
      else {
        reading.diagnose(.blackboxLine(at: item.at("L\(number)")))
        return
      }
      samples[String(match.1)] = (value, match.2.map(String.init) ?? "", number)
    }
    guard let success = samples["probe_success"] else {
      reading.diagnose(.blackboxNoResult(at: item.label))
      return
    }
    guard let target = target(of: item) else {
      reading.diagnose(.serviceUnknown(format, at: item.label))
      return
    }
    let time = item.provenance.effectiveAt ?? item.provenance.collectedAt
    reading.append(
      .probe(
        of: MonitoredServices(item)(target), source: "blackbox", at: time, up: success.value == 1,
        place: "L\(success.line)",
        latency: samples["probe_duration_seconds"].map { $0.value * 1000 },
        interval: item.options["step"].flatMap(prometheusDuration)))
    if let end = samples["probe_ssl_earliest_cert_expiry"], end.value > 0,
      let seconds = Int64(exactly: end.value.rounded(.down))
    {
      reading.append(
        certificate(
          of: target, until: Instant(seconds: seconds),
          tls: samples["probe_tls_version_info"]?.labels, at: time, place: "L\(end.line)"))
    }
  }

  /// The target of the request, or the configured service when the request is not known.
  private static func target(of item: EvidenceItem) -> String? {
    if let target = item.options["target"] ?? item.provenance.parameters["target"] {
      return target
    }
    let query = item.provenance.query + "&" + item.provenance.endpoint
    if let match = query.firstMatch(of: /(?:^|[?&])target=([^&\s]+)/) {
      return percentDecoded(String(match.1))
    }
    return item.options["service"]
  }

  /// What the exporter saw of the endpoint's certificate: the earliest end in its chain.
  private static func certificate(
    of target: String, until end: Instant, tls: String?, at time: Instant, place: String
  ) -> Record {
    var record = Record(.certificate, place: place, at: time)
    let host = hostPart(ofEndpoint: target)
    let port = target.firstMatch(of: /:(\d+)(?:\/|$)/).map { String($0.1) } ?? "443"
    record["endpoint"] = .text("\(host):\(port)")
    record["not_after"] = .instant(end)
    if let version = tls?.firstMatch(of: /version="TLS ([\d.]+)"/) {
      record["tls_versions"] = .list([String(version.1)])
    }
    return record
  }
}

/// `%3A` as `:`. What is not a valid escape stays as it is.
func percentDecoded(_ text: String) -> String {
  var bytes: [UInt8] = []
  var rest = Array(text.utf8)[...]
  while let byte = rest.popFirst() {
    if byte == UInt8(ascii: "%"), rest.count >= 2,
      let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
    {
      bytes.append(value)
      rest = rest.dropFirst(2)
    } else {
      bytes.append(byte)
    }
  }
  return String(decoding: bytes, as: UTF8.self)
}

extension Diagnostic {
  fileprivate static func blackboxLine(at place: String) -> Diagnostic {
    Diagnostic(
      "blackbox.unknown-line", .error, at: place, "the line is no sample in exposition format",
      why: "the text may be cut off", fix: "collect it again")
  }

  fileprivate static func blackboxNoResult(at place: String) -> Diagnostic {
    Diagnostic(
      "blackbox.no-result", .error, at: place, "the text has no sample probe_success",
      why: "the probe was not made", fix: "check target and module of the request")
  }
}
