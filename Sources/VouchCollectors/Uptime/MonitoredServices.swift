import VouchModel

/// How a monitor's names become those of the organisation's services.
///
/// | option | meaning |
/// | --- | --- |
/// | `service` | the service of everything in this source |
/// | `service.W` | the service that the monitor calls W |
///
/// Without an option the monitor's own name is the service's.
struct MonitoredServices {
  private let options: [String: String]

  init(_ item: EvidenceItem) { options = item.options }

  /// Whether one service is configured for everything in the source.
  var isFixed: Bool { options["service"] != nil }

  func callAsFunction(_ written: String) -> String {
    options["service.\(written)"] ?? options["service"] ?? written
  }

  /// The configured service of something the monitor does not name; nil without the option.
  var unnamed: String? { options["service"] }
}

extension Record {
  /// A time in which a service was down, or under maintenance, or unobserved.
  static func outage(
    of service: String, source: String, from start: Instant, to end: Instant?, at place: String,
    planned: Bool = false, unknown: Bool = false
  ) -> Record {
    var record = Record(.outage, place: place)
    record["service"] = .text(service)
    record["source"] = .text(source)
    record["start_at"] = .instant(start)
    record["end_at"] = .instant(end)
    record["planned"] = .flag(planned)
    record["unknown"] = .flag(unknown)
    return record
  }

  /// One answer of a monitor.
  static func probe(
    of service: String, source: String, at instant: Instant, up: Bool?, place: String,
    latency: Double? = nil, interval: Int? = nil
  ) -> Record {
    var record = Record(.probe, place: place, at: instant)
    record["service"] = .text(service)
    record["source"] = .text(source)
    record["t"] = .instant(instant)
    record["up"] = .flag(up)
    record["latency_ms"] = .real(latency)
    record["interval_s"] = .integer(interval)
    return record
  }

  /// One sample of load or use of a machine.
  static func metric(
    _ name: String, of host: String, at instant: Instant, _ value: Double, place: String
  ) -> Record {
    var record = Record(.metric, place: place, at: instant)
    record["asset_id"] = .text(host)
    record["name"] = .text(name)
    record["t"] = .instant(instant)
    record["value"] = .real(value)
    return record
  }
}

extension Diagnostic {
  static func serviceUnknown(_ format: String, at place: String) -> Diagnostic {
    Diagnostic(
      "\(format).service-unknown", .error, at: place,
      "the answer does not name the service it is about",
      why: "it cannot be counted for any service",
      fix: "set service: of the source in vouch.yaml")
  }
}
