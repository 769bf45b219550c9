import VouchModel

/// Reads the JSON of sslyze 5 and 6: TLS versions and certificates of endpoints. Times are in UTC.
///
/// A version whose test was not scheduled is not refused by the server; it was not tried. Servers
/// that could not be reached stay rows, without values.
enum SSLyzeCollector: Collector {
  static let format = "sslyze"
  static let summary = "sslyze: TLS versions and certificates of endpoints (JSON of version 5 or 6)"
  static let gives: [RecordType] = [.certificate]

  static func recognises(_ head: Head) -> Bool {
    let paths = head.jsonPaths
    return paths.isSuperset(of: ["server_scan_results[]"])
      || paths.isSuperset(of: ["accepted_targets[]", "sslyze_version"])
  }

  static func read(_ item: EvidenceItem, into reading: Reading) throws {
    reading.provides(.certificate)
    guard let root = try item.json(format: format, reading) else { return }
    guard root.has("server_scan_results") else {
      reading.diagnose(.oldLayout(at: item.label))
      return
    }
    reading.effectiveAt =
      root["date_scans_completed"].instant(in: .utc) ?? root["date_scans_started"].instant(in: .utc)
    for index in root["invalid_server_strings"].elements.indices {
      reading.diagnose(.invalidServer(at: item.at("/invalid_server_strings/\(index)")))
    }
    for (index, server) in root["server_scan_results"].elements.enumerated() {
      let place = "/server_scan_results/\(index)"
      let location = server["server_location"]
      guard let host = location["hostname"].text, let port = location["port"].text else {
        reading.diagnose(
          .missingField(
            format, "server_location", at: item.at(place), why: "it cannot be told what answered"))
        continue
      }
      var endpoint = TLSEndpoint(name: "\(host):\(port)", place: place)
      guard server["connectivity_status"].text == "COMPLETED" else {
        reading.diagnose(.notReached(endpoint.name, at: item.at(place)))
        reading.append(endpoint.record)
        continue
      }
      take(server["scan_result"], into: &endpoint)
      if !endpoint.untold.isEmpty {
        reading.diagnose(.versionsUntold(format, endpoint, at: item.at(place)))
      }
      reading.append(endpoint.record)
    }
  }

  private static let versions = [
    ("ssl_2_0", "0.2"), ("ssl_3_0", "0.3"), ("tls_1_0", "1.0"), ("tls_1_1", "1.1"),
    ("tls_1_2", "1.2"), ("tls_1_3", "1.3"),
  ]

  private static func take(_ scan: JSON, into endpoint: inout TLSEndpoint) {
    for (key, version) in versions {
      let test = scan["\(key)_cipher_suites"]
      guard test["status"].text == "COMPLETED" else { continue }
      endpoint.take(version, isAccepted: test.at("result", "is_tls_version_supported").flag)
    }
    let deployments = scan.at("certificate_info", "result", "certificate_deployments")
    for deployment in deployments.elements {
      let leaf = deployment["received_certificate_chain"][0]
      endpoint.take(notBefore: leaf["not_valid_before"].instant(in: .utc))
      endpoint.take(
        notAfter: leaf["not_valid_after"].instant(in: .utc),
        issuer: leaf.at("issuer", "rfc4514_string").text)
    }
  }
}

extension Diagnostic {
  fileprivate static func oldLayout(at place: String) -> Diagnostic {
    Diagnostic(
      "sslyze.old-layout", .error, at: place, "the file has the layout of sslyze 2 to 4",
      why: "what those versions call their results has another meaning today",
      fix: "scan again with sslyze 5 or later and --json_out")
  }

  fileprivate static func notReached(_ endpoint: String, at place: String) -> Diagnostic {
    Diagnostic(
      "sslyze.not-reached", .warning, at: place, "sslyze could not connect to \(endpoint)",
      why: "what the endpoint accepts is unknown",
      fix: "scan it again from a machine that reaches it")
  }

  fileprivate static func invalidServer(at place: String) -> Diagnostic {
    Diagnostic(
      "sslyze.invalid-server", .error, at: place, "a server could not be resolved or is misspelt",
      why: "an endpoint that was not scanned is missing from the population",
      fix: "correct the name and scan again")
  }
}
