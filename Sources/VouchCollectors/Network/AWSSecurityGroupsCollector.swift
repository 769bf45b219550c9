import VouchModel

/// Reads `aws ec2 describe-security-groups`: the rules around the machines of an AWS account.
enum AWSSecurityGroupsCollector: Collector {
  static let format = "aws_security_groups"
  static let summary = "AWS security groups (describe-security-groups)"
  static let gives: [RecordType] = [.rule]

  static func recognises(_ head: Head) -> Bool {
    head.hasJSON("SecurityGroups[].GroupId")
      || head.hasJSON("SecurityGroups[].IpPermissions[]")
      || head.hasJSON("SecurityGroups[].IpPermissionsEgress[]")
  }

  static func read(_ item: EvidenceItem, into reading: Reading) throws {
    reading.provides(.rule)
    guard let answer = try AWSAnswer(item, format: format, reading) else { return }
    for (index, group) in answer.json["SecurityGroups"].elements.enumerated() {
      let place = "\(answer.pointer)/SecurityGroups/\(index)"
      guard let id = group["GroupId"].text else {
        reading.diagnose(
          .missingField(format, "GroupId", at: item.at(place), why: "its rules belong to nothing"))
        continue
      }
      for (list, direction) in [("IpPermissions", "in"), ("IpPermissionsEgress", "out")] {
        for (number, permission) in group[list].elements.enumerated() {
          let rules = SecurityGroupRule.rules(
            permission, group: id, direction: direction, place: "\(place)/\(list)/\(number)")
          for record in rules { reading.append(record) }
        }
      }
    }
  }
}

/// One permission: a protocol and ports, for each network, group or prefix list it names.
private enum SecurityGroupRule {
  static func rules(_ permission: JSON, group: String, direction: String, place: String) -> [Record]
  {
    peers(of: permission).map { peer in
      var record = Record(.rule, place: place)
      // -1 stands for every protocol, and then there are no ports.
      let name = permission["IpProtocol"].text ?? "-1"
      let ports =
        hasPorts(name) ? (permission["FromPort"].integer, permission["ToPort"].integer) : (nil, nil)
      let range = ports.0.map { "\($0)-\(ports.1 ?? $0)" } ?? "all"
      record["device_id"] = .text(group)
      record["rule_id"] = .text("\(direction)/\(name == "-1" ? "any" : name)/\(range)/\(peer.name)")
      record["direction"] = .text(direction)
      record["protocol"] = .text(name == "-1" ? "any" : name)
      record["dest_port"] = .integer(ports.0)
      record["dest_port_to"] = .integer(ports.1)
      record["action"] = .text("allow")
      record["comment"] = .text(peer.description)
      if direction == "in" {
        record["source_net"] = .text(peer.name)
      } else {
        record["condition"] = .text("to \(peer.name)")
      }
      return record
    }
  }

  /// For ICMP the two fields are type and code.
  private static func hasPorts(_ name: String) -> Bool { ["tcp", "udp", "6", "17"].contains(name) }

  private static func peers(of permission: JSON) -> [(name: String, description: String?)] {
    let lists = [
      ("IpRanges", "CidrIp"), ("Ipv6Ranges", "CidrIpv6"), ("UserIdGroupPairs", "GroupId"),
      ("PrefixListIds", "PrefixListId"),
    ]
    return lists.flatMap { list, key in
      permission[list].elements.compactMap { peer in
        peer[key].text.map { ($0, peer["Description"].text) }
      }
    }
  }
}
