import VouchModel

extension DemoCompany {
  /// Lists that people and systems keep: inventory, roster, statements.
  var registers: [DemoExport] {
    inventories + [roster] + reviews
  }

  /// The inventory, exported on the first of each month and the day after the quarter.
  private var inventories: [DemoExport] {
    [(6, 30), (7, 31), (8, 31), (10, 1)].map { month, day in
      var table = DemoTable(
        "asset_id", "hostname", "kind", "environment", "in_scope", "owner_id", "data_class",
        "internet_facing", "first_seen", "os", "addresses", "macs", "service_id", "redundant",
        "retired_at", "had_storage")
      let at = Self.day(month, day, hour: 6)
      for machine in machines {
        let isRetired = !machine.isInUse(at: at)
        table.row(
          machine.assetID, machine.hostname, "server", "production", true, machine.owner,
          machine.role == "db" ? "customer" : "internal",
          false,
          Instant(year: 2025, month: 3, day: 1 + machine.number % 28), "Ubuntu 24.04",
          [machine.address], [machine.mac], Self.service(of: machine), machine.isRedundant,
          isRetired ? machine.retiredAt : nil, isRetired ? false : nil)
      }
      // Behind the edge, and the stores as systems of their own: not scanned as servers.
      for (id, kind) in [
        ("edge-1", "network"), ("books", "service"), ("crm", "service"), ("backup", "service"),
      ] {
        table.row(
          id, id, kind, "production", false, "p-002", "internal", kind == "network",
          Instant(year: 2025, month: 3, day: 1), nil, [String](), [String](),
          "operations", true)
      }
      return DemoExport(
        path: "inventory/asset-\(at.advanced(by: 7200).date).csv",
        collectedAt: at.advanced(by: 3600),
        text: table.text)
    }
  }

  static func service(of machine: DemoMachine) -> String {
    switch machine.role {
    case "web", "proxy": "web"
    case "app", "api": "api"
    case "db", "queue": "ledger"
    default: "operations"
    }
  }

  private var roster: DemoExport {
    var table = DemoTable(
      "person_id", "kind", "status", "hired_at", "terminated_at", "role", "department",
      "manager_id", "handles_personal_data")
    let roles = [
      "Head of Operations", "System Administrator", "Developer", "Support", "Accountant",
      "Security Officer",
    ]
    for n in 1...36 {
      let left = [17: (7, 31), 23: (8, 14), 31: (9, 30)][n]
      table.row(
        "p-\(DemoMachine.digits(n, 3))", n % 9 == 0 ? "contractor" : "employee",
        left == nil ? "active" : "ended",
        n > 33
          ? Self.day(7, 1 + (n - 33) * 7) : Instant(year: 2020 + n % 5, month: 1 + n % 12, day: 1),
        left.map { Self.day($0.0, $0.1) }, roles[n % roles.count],
        n % 2 == 0 ? "Technology" : "Business", n == 1 ? nil : "p-001", n % 3 == 0)
    }
    return DemoExport(
      path: "hr/person-2026-10-01.csv", collectedAt: Self.day(10, 1, hour: 9), text: table.text)
  }

  /// Reviews of the monthly vulnerability counts. Planted: nobody reviewed September's.
  private var reviews: [DemoExport] {
    [(7, 8, 4), (8, 9, 3)].flatMap { month, madeMonth, madeDay in
      let id = "2026-\(DemoMachine.digits(month, 2))"
      let made = Self.day(madeMonth, madeDay, hour: 10)
      let minutes = """
        Vulnerability review of \(id)
        Present: p-002, p-006, p-011
        Read: applications and hosts with open vulnerabilities by severity, and the change since the month before.
        Agreed: the owners of hosts with open high or critical findings name a date for each.

        """
      return [
        DemoExport(
          path: "minutes/vulnerability-review-\(id).txt", collectedAt: made.advanced(by: 600),
          text: minutes),
        attestation(
          control: "VM-08", about: id, person: "p-006", role: "Security Officer", made: made,
          covers: ["counts", "trend"], attachment: ("vulnerability-review-\(id).txt", minutes),
          statement: """
            I have read the counts of vulnerable applications and hosts by severity of this month and their trend, and
            discussed the open high and critical ones with the owners of the hosts.
            """),
      ]
    }
  }

  /// A statement by a named person, about a month, quarter or event, resting on a document.
  func attestation(
    control: String, about: String, person: String, role: String, made: Instant, covers: [String],
    attachment: (name: String, text: String), statement: String
  ) -> DemoExport {
    let id = "AT-\(control)-\(about)"
    let text = """
      ---
      attestation: \(id)
      control: \(control)
      person: \(person)
      role: \(role)
      date: \(made.iso8601)
      covers: [\(covers.joined(separator: ", "))]
      refers_to: \(about)
      attachment: {file: \(attachment.name), sha256: \(Digest.sha256(attachment.text).hex)}
      ---
      \(statement)

      """
    return DemoExport(
      path: "attestations/\(id.lowercased()).md", collectedAt: made.advanced(by: 600), text: text)
  }
}
