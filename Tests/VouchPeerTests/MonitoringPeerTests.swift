import Foundation
import Testing

/// Prometheus with its exporters, started here and asked as in the recipes.
@Suite struct MonitoringPeerTests {
  @Test func prometheusTellsUptimeLoadAndTargets() throws {
    guard let prometheus = Peer.find("prometheus", package: "prometheus"),
      let node = Peer.find("prometheus-node-exporter", package: "prometheus-node-exporter"),
      let blackbox = Peer.find(
        "prometheus-blackbox-exporter", package: "prometheus-blackbox-exporter"),
      Peer.find("curl", package: "curl") != nil
    else { return }
    let workspace = try PeerWorkspace()
    let ports = try (0..<4).map { _ in try Peer.freePort() }
    let url = "http://127.0.0.1:\(ports[0])"
    try workspace.write(
      "blackbox.yml", "modules: {http_2xx: {prober: http, timeout: 2s, http: {method: GET}}}\n")
    try workspace.write(
      "prometheus.yml",
      """
      global: {scrape_interval: 1s, scrape_timeout: 1s}
      scrape_configs:
        - job_name: node
          static_configs: [{targets: ["127.0.0.1:\(ports[1])"]}]
        - job_name: blackbox
          metrics_path: /probe
          params: {module: [http_2xx]}
          static_configs: [{targets: ["\(url)/-/ready", "http://127.0.0.1:\(ports[3])/"]}]
          relabel_configs:
            - {source_labels: [__address__], target_label: __param_target}
            - {source_labels: [__param_target], target_label: instance}
            - {target_label: __address__, replacement: "127.0.0.1:\(ports[2])"}

      """)
    let exporter = try Daemon(
      node, ["--web.listen-address=127.0.0.1:\(ports[1])"], in: workspace.path)
    let prober = try Daemon(
      blackbox, ["--web.listen-address=127.0.0.1:\(ports[2])", "--config.file=blackbox.yml"],
      in: workspace.path)
    let server = try Daemon(
      prometheus,
      [
        "--web.listen-address=127.0.0.1:\(ports[0])", "--config.file=prometheus.yml",
        "--storage.tsdb.path=data",
      ], in: workspace.path)
    try exporter.answers("http://127.0.0.1:\(ports[1])/metrics")
    try prober.answers("http://127.0.0.1:\(ports[2])/metrics")
    try server.answers("\(url)/-/ready")
    // Until there are a few answers of each, however slow the machine is.
    let count =
      "sum(count_over_time(probe_success[1m])) > 8 and on () sum(count_over_time(up{job=\"node\"}[1m])) > 4"
    try server.isReady(
      "curl -fsG \(url)/api/v1/query --data-urlencode 'query=\(count)' | grep -q '\"value\"'",
      seconds: 40)
    let now = Int(Date().timeIntervalSince1970)

    try uptime(workspace, url, now, dead: ports[3])
    try load(workspace, url, now)
    try targets(workspace, url, dead: ports[3])
    try probe(workspace, url, prober: ports[2])
    try tooManyPoints(workspace, url, now)
  }

  private func uptime(_ workspace: PeerWorkspace, _ url: String, _ now: Int, dead: Int) throws {
    let problems = try workspace.collect(
      """
      http:
        url: "\(url)/api/v1/query_range"
        query: {query: '{__name__=~"probe_success|probe_duration_seconds"}', start: "\(now - 60)", end: "\(now)", step: "1"}
      format: prometheus
      options:
        step: "1"
        service: {"\(url)/-/ready": shop, "http://127.0.0.1:\(dead)/": api}
      """)
    #expect(!problems.contains { $0.hasPrefix("error") }, "\(problems)")
    #expect(
      try workspace.rows(
        "SELECT service, min(up), max(up), count(*) > 2 FROM probe GROUP BY service ORDER BY service"
      )
        == ["api|0|0|1", "shop|1|1|1"])
  }

  private func load(_ workspace: PeerWorkspace, _ url: String, _ now: Int) throws {
    let problems = try workspace.collect(
      """
      http:
        url: "\(url)/api/v1/query_range"
        query: {query: '1 - avg by (instance) (rate(node_cpu_seconds_total{mode="idle"}[5s]))', start: "\(now - 60)", end: "\(now)", step: "1"}
      format: prometheus
      options: {name: cpu}
      """)
    #expect(!problems.contains { $0.hasPrefix("error") }, "\(problems)")
    #expect(
      try workspace.rows("SELECT DISTINCT name, value BETWEEN -0.1 AND 1.1 FROM metric") == [
        "cpu|1"
      ])
  }

  private func targets(_ workspace: PeerWorkspace, _ url: String, dead: Int) throws {
    let problems = try workspace.collect(
      """
      http: {url: "\(url)/api/v1/targets"}
      format: prometheus
      """)
    #expect(!problems.contains { $0.hasPrefix("error") }, "\(problems)")
    #expect(try workspace.rows("SELECT count(DISTINCT service) >= 2 FROM probe") == ["1"])
  }

  private func probe(_ workspace: PeerWorkspace, _ url: String, prober: Int) throws {
    let fresh = try PeerWorkspace()
    let problems = try fresh.collect(
      """
      http:
        url: "http://127.0.0.1:\(prober)/probe"
        query: {module: http_2xx, target: "\(url)/-/ready"}
      format: blackbox
      options: {service: shop, target: "\(url)/-/ready"}
      """)
    #expect(problems == [])
    #expect(try fresh.rows("SELECT service, up FROM probe") == ["shop|1"])
  }

  /// Prometheus refuses more than 11,000 points; that is a failed source and no empty one.
  private func tooManyPoints(_ workspace: PeerWorkspace, _ url: String, _ now: Int) throws {
    let problems = try workspace.collect(
      """
      http:
        url: "\(url)/api/v1/query_range"
        query: {query: up, start: "\(now - 90_000)", end: "\(now)", step: "1"}
      format: prometheus
      """)
    #expect(problems.last == "error source.failed", "\(problems)")
  }
}
