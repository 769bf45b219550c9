import VouchModel

/// Reads the chunks of Tenable Vulnerability Management's `/assets/export`: what identifies each
/// machine that its findings name by number.
enum TenableAssetsCollector: Collector {
  static let format = "tenable_assets"
  static let summary = "Tenable Vulnerability Management assets (JSON chunks)"
  static let gives: [RecordType] = [.host_sighting]

  static func recognises(_ head: Head) -> Bool {
    guard head.json == "[" else { return false }
    return head.jsonBeginning[0].has(all: "id", "has_agent", "last_scan_time")
  }

  static func read(_ item: EvidenceItem, into reading: Reading) throws {
    reading.provides(.host_sighting)
    let problems = RepeatedProblems()
    try item.json(format: format, each: ["*"], reading) {
      $0.array != nil
    } _: { element in
      guard let id = element.json["id"].text else {
        problems.add(
          .missingField(
            format, "id", at: item.at(element.pointer),
            why: "findings name the asset by it"))
        return
      }
      reading.append(sighting(element.json, ref: id, place: element.pointer))
    }
    problems.report(to: reading)
  }

  private static func sighting(_ asset: JSON, ref: String, place: String) -> Record {
    var host = TenableHost(ref: ref)
    host.hostname =
      asset["hostnames"].strings?.first ?? asset["netbios_names"].strings?.first
      ?? asset["agent_names"].strings?.first
    host.fqdn = asset["fqdns"].strings?.first
    host.addresses = (asset["ipv4s"].strings ?? []) + (asset["ipv6s"].strings ?? [])
    host.macs = asset["mac_addresses"].strings ?? []
    host.agentID = asset["agent_uuid"].text ?? asset["bios_uuid"].text
    host.cloudID =
      asset["aws_ec2_instance_id"].text ?? asset["azure_vm_id"].text
      ?? asset["gcp_instance_id"].text
    host.os = asset["operating_systems"].strings?.joined(separator: "; ")
    return host.record(source: "tenable_vm", place: place, at: asset["last_seen"].instant)
  }
}
