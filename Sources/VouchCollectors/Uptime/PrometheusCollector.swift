import VouchModel

/// Reads answers of Prometheus' HTTP interface: `query`, `query_range` and `targets`.
///
/// `up` and `probe_success` become probes, with `probe_duration_seconds` of the same answer as
/// their latency; every other series becomes a metric of its host. A missing sample makes no
/// record: the target was not scraped, which is neither up nor down.
///
/// | option | meaning |
/// | --- | --- |
/// | `record` | `probe` or `metric`, for series without a name of their own |
/// | `service`, `service.W` | the service of every series, or of those whose label is W |
/// | `service_label` | the label that names the service (default: service, else instance, else job) |
/// | `host_label` | the label that names the host of a metric (default: instance, without its port) |
/// | `name`, `name.W` | what a metric is called; W is the name of the series |
/// | `step` | distance of samples (`60`, `1m`), when the answer has only one of each series |
enum PrometheusCollector: Collector {
  static let format = "prometheus"
  static let summary = "Prometheus: query, query_range and targets of the HTTP interface"
  static let gives: [RecordType] = [.probe, .metric, .host_sighting]

  static func recognises(_ head: Head) -> Bool {
    guard head.json == "{", head.text.contains("\"status\"") else { return false }
    let isData =
      head.text.contains("\"data\"")
      && (head.text.contains("\"resultType\"") || head.text.contains("\"activeTargets\""))
    return isData || head.text.contains("\"errorType\"")
  }

  static func read(_ item: EvidenceItem, into reading: Reading) throws {
    guard let json = try item.json(format: format, reading) else { return }
    guard json["status"].text == "success" else {
      reading.diagnose(.prometheusFailed(at: item.label))
      return
    }
    if let count = json["warnings"].array?.count, count > 0 {
      reading.diagnose(.prometheusPartial(count, at: item.at("/warnings")))
    }
    let answer = PrometheusAnswer(item, reading)
    if let targets = json.at("data", "activeTargets").array {
      answer.readTargets(targets)
    } else {
      answer.readResult(json["data"])
    }
    answer.problems.report(to: reading)
  }
}

private final class PrometheusAnswer {
  private let format = PrometheusCollector.format
  private let item: EvidenceItem
  private let reading: Reading
  private let services: MonitoredServices
  private let configuredStep: Int?
  private var sighted: Set<String> = []
  let problems = RepeatedProblems()

  init(_ item: EvidenceItem, _ reading: Reading) {
    self.item = item
    self.reading = reading
    services = MonitoredServices(item)
    let query = item.provenance.query + "&" + item.provenance.endpoint
    let step =
      item.options["step"] ?? item.provenance.parameters["step"]
      ?? query.firstMatch(of: /(?:^|[?&])step=([^&]+)/).map { String($0.1) }
    configuredStep = step.flatMap(prometheusDuration)
  }

  // MARK: query, query_range

  func readResult(_ data: JSON) {
    guard data["resultType"].text == "matrix" || data["resultType"].text == "vector" else {
      reading.diagnose(.prometheusNoSeries(at: item.at("/data/resultType")))
      return
    }
    var series: [PrometheusSeries] = []
    for (index, json) in data["result"].elements.enumerated() {
      let place = "/data/result/\(index)"
      if let one = PrometheusSeries(json, at: place) {
        series.append(one)
      } else {
        problems.add(.prometheusHistogram(at: item.at(place)))
      }
    }
    if series.isEmpty { reading.diagnose(.prometheusEmpty(at: item.at("/data/result"))) }
    let probes = series.filter(isProbe)
    let latencies = series.filter { isLatency($0, of: probes) }
    readProbes(probes, latencies)
    readMetrics(series.filter { one in !isProbe(one) && !isLatency(one, of: probes) })
  }

  private func isProbe(_ series: PrometheusSeries) -> Bool {
    switch item.options["record"] {
    case "probe": series.name != "probe_duration_seconds"
    case "metric": false
    default: series.name == "up" || series.name == "probe_success"
    }
  }

  private func isLatency(_ series: PrometheusSeries, of probes: [PrometheusSeries]) -> Bool {
    series.name == "probe_duration_seconds" && probes.contains { $0.target == series.target }
  }

  // MARK: Probes

  private func readProbes(_ probes: [PrometheusSeries], _ latencies: [PrometheusSeries]) {
    if probes.isEmpty { return }
    reading.provides(.probe)
    let named = probes.map { (series: $0, service: service(of: $0.labels)) }
    let shared = Dictionary(grouping: named, by: { $0.service ?? "" }).filter { $0.value.count > 1 }
    for (series, service) in named {
      guard let service else {
        problems.add(.serviceUnknown(format, at: item.at(series.place)))
        continue
      }
      // Two monitors of one service are two sources.
      let source = shared[service] == nil ? "prometheus" : "prometheus \(series.target)"
      readProbe(
        series, service, source, latencies.first { $0.target == series.target })
    }
  }

  private func service(of labels: [String: String]) -> String? {
    if let label = item.options["service_label"] { return labels[label].map { services($0) } }
    for label in ["service", "instance", "job"] {
      if let value = labels[label] { return services(value) }
    }
    return services.unnamed
  }

  private func readProbe(
    _ series: PrometheusSeries, _ service: String, _ source: String, _ latency: PrometheusSeries?
  ) {
    let step = configuredStep ?? series.step
    let latencies = Dictionary(
      (latency?.samples ?? []).map { ($0.t, $0.value) }, uniquingKeysWith: { _, last in last })
    let isRange = series.samples.count > 1
    for (index, sample) in series.samples.enumerated() {
      let place = isRange ? "\(series.place)/values/\(index)" : series.place
      let seconds = latencies[sample.t].flatMap(\.self)
      reading.append(
        .probe(
          of: service, source: source, at: sample.t, up: up(sample.value, at: place),
          place: place, latency: seconds.map { $0 * 1000 }, interval: step))
    }
    if isRange, let first = series.samples.first?.t, let last = series.samples.last?.t {
      let end = last.advanced(by: Int64(step ?? 0))
      reading.coversFrom = min(reading.coversFrom ?? first, first)
      reading.coversTo = max(reading.coversTo ?? end, end)
    }
  }

  private func up(_ value: Double?, at place: String) -> Bool? {
    switch value {
    case 1: true
    case 0: false
    case nil:
      problemsAdded(.prometheusNaN(at: item.at(place)))
    default:
      problemsAdded(.prometheusNoFlag(at: item.at(place)))
    }
  }

  private func problemsAdded(_ diagnostic: Diagnostic) -> Bool? {
    problems.add(diagnostic)
    return nil
  }

  // MARK: Metrics

  private func readMetrics(_ metrics: [PrometheusSeries]) {
    if metrics.isEmpty { return }
    reading.provides(.metric)
    let hostLabel = item.options["host_label"] ?? "instance"
    var named: [(series: PrometheusSeries, host: String, name: String)] = []
    for series in metrics {
      guard let name = name(of: series) else {
        problems.add(.prometheusNameless(at: item.at(series.place)))
        continue
      }
      guard
        let host = series.labels[hostLabel].map({ hostPart(ofEndpoint: $0) }) ?? item.configuredHost
      else {
        problems.add(.prometheusHostless(hostLabel, at: item.at(series.place)))
        continue
      }
      named.append((series, host, name))
    }
    let groups = Dictionary(grouping: named, by: { "\($0.host)\n\($0.name)" })
    for (series, host, name) in named {
      let isAlone = groups["\(host)\n\(name)"]?.count == 1
      // Several series of one host and name (one for each processor, device) differ in labels.
      let others = series.text(ofLabelsExcept: ["__name__", "job", hostLabel])
      readMetric(series, of: host, isAlone ? name : "\(name){\(others)}")
    }
  }

  private func name(of series: PrometheusSeries) -> String? {
    if let name = series.name {
      return item.options["name.\(name)"] ?? item.options["name"]
        ?? (name.hasPrefix("node_load") ? String(name.dropFirst(5)) : name)
    }
    return item.options["name"]
  }

  private func readMetric(_ series: PrometheusSeries, of host: String, _ name: String) {
    if sighted.insert(host).inserted {
      reading.append(.hostSighting(source: "prometheus", ref: host, place: series.place))
    }
    let isRange = series.samples.count > 1
    for (index, sample) in series.samples.enumerated() {
      let place = isRange ? "\(series.place)/values/\(index)" : series.place
      guard let value = sample.value else {
        problems.add(.prometheusNaN(at: item.at(place)))
        continue
      }
      reading.append(.metric(name, of: host, at: sample.t, value, place: place))
    }
  }

  // MARK: targets

  func readTargets(_ targets: [JSON]) {
    reading.provides(.probe)
    for (index, target) in targets.enumerated() {
      let place = "/data/activeTargets/\(index)"
      let labels = Dictionary(
        (target["labels"].object ?? []).map { ($0.key, $0.value.text ?? "") },
        uniquingKeysWith: { _, last in last })
      guard let service = service(of: labels) else {
        problems.add(.serviceUnknown(format, at: item.at(place)))
        continue
      }
      guard let scraped = target["lastScrape"].instant else {
        problems.add(.prometheusNeverScraped(at: item.at(place)))
        continue
      }
      reading.append(
        .probe(
          of: service, source: "prometheus", at: scraped, up: health(target["health"], at: place),
          place: place,
          interval: target["scrapeInterval"].text.flatMap(prometheusDuration) ?? configuredStep))
    }
  }

  private func health(_ health: JSON, at place: String) -> Bool? {
    switch health.text {
    case "up": true
    case "down": false
    case "unknown": nil
    default: problemsAdded(.prometheusHealth(at: item.at(place)))
    }
  }
}

extension Diagnostic {
  fileprivate static func prometheusFailed(at place: String) -> Diagnostic {
    Diagnostic(
      "prometheus.failed", .error, at: place, "Prometheus answered with an error",
      why: "nothing was measured", fix: "try the query in Prometheus and correct it")
  }

  fileprivate static func prometheusPartial(_ count: Int, at place: String) -> Diagnostic {
    Diagnostic(
      "prometheus.partial", .error, at: place, "Prometheus warns that its answer is partial",
      why: "samples may be missing from it (\(count) warnings)",
      fix: "read the warnings, repair the store behind it, and collect again")
  }

  fileprivate static func prometheusNoSeries(at place: String) -> Diagnostic {
    Diagnostic(
      "prometheus.no-series", .error, at: place, "the answer is neither a vector nor a matrix",
      why: "a single number names neither service nor host",
      fix: "query a series, without scalar()")
  }

  fileprivate static func prometheusEmpty(at place: String) -> Diagnostic {
    Diagnostic(
      "prometheus.empty", .error, at: place, "no series matches the query",
      why: "nothing was measured, which is not the same as nothing happened",
      fix: "try the query in Prometheus and correct its labels or its time")
  }

  fileprivate static func prometheusHistogram(at place: String) -> Diagnostic {
    Diagnostic(
      "prometheus.histogram", .error, at: place, "a series holds native histograms",
      why: "they are no single value", fix: "query a quantile: histogram_quantile(0.95, ...)")
  }

  fileprivate static func prometheusNaN(at place: String) -> Diagnostic {
    Diagnostic(
      "prometheus.no-number", .warning, at: place, "a sample is NaN or infinite",
      why: "it is no measurement and stays unknown")
  }

  fileprivate static func prometheusNoFlag(at place: String) -> Diagnostic {
    Diagnostic(
      "prometheus.not-up-or-down", .error, at: place, "a probe's value is neither 0 nor 1",
      why: "a mean of probes cannot be told from a partial outage; it stays unknown",
      fix: "query up or probe_success itself, without avg_over_time")
  }

  fileprivate static func prometheusNameless(at place: String) -> Diagnostic {
    Diagnostic(
      "prometheus.nameless", .error, at: place, "a series has no name after a function",
      why: "it cannot be told from other metrics",
      fix: "set the option name: (or record: probe for a series of probes)")
  }

  fileprivate static func prometheusHostless(_ label: String, at place: String) -> Diagnostic {
    Diagnostic(
      "prometheus.host-unknown", .error, at: place, "a series has no label '\(label)'",
      why: "it cannot be counted for any asset",
      fix: "keep the label in the query (by (\(label))), or set host_label")
  }

  fileprivate static func prometheusNeverScraped(at place: String) -> Diagnostic {
    Diagnostic(
      "prometheus.never-scraped", .error, at: place, "a target has never been scraped",
      why: "whether it is up is unknown, and since when", fix: "let Prometheus reach the target")
  }

  fileprivate static func prometheusHealth(at place: String) -> Diagnostic {
    Diagnostic(
      "prometheus.unknown-health", .error, at: place,
      "a target's health is none of up, down, unknown", why: "it stays unknown",
      fix: "tell us the word and its meaning")
  }
}
