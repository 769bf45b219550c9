import VouchModel

/// A server of the made-up company.
struct DemoMachine: Sendable {
  let number: Int
  let role: String
  /// Hosts 39 and 40 of every 42 refuse the scanner's login: a decommissioning that drags on.
  let isCredentialed: Bool

  var assetID: String { "srv-\(Self.digits(number, 4))" }
  var hostname: String { "\(role)-\(Self.digits(number, 2)).northlight.example" }
  var address: String {
    "10.\(20 + number / 51200).\(number / 200 % 256).\(10 + number % 200)"
  }
  var mac: String {
    "02:00:5e:\(Self.hex(number / 65536)):\(Self.hex(number / 256 % 256)):\(Self.hex(number % 256))"
  }
  /// Planted: machine 42, a virtual one, was taken out of service in September with findings open.
  var retiredAt: Instant? { number == 42 ? DemoCompany.day(9, 8, hour: 12) : nil }
  func isInUse(at instant: Instant) -> Bool { retiredAt.map { instant < $0 } ?? true }

  /// Another node serves while it restarts. The ledger's databases and the first of its queues stand
  /// alone: the databases are live-patched, the queue restarts in planned maintenance.
  var isRedundant: Bool { role != "db" && number != 4 }
  var owner: String { "p-\(Self.digits(4 + number % 6, 3))" }

  static func digits(_ n: Int, _ width: Int) -> String {
    let text = String(n)
    return String(repeating: "0", count: max(0, width - text.count)) + text
  }

  private static func hex(_ n: Int) -> String {
    let text = String(n, radix: 16)
    return text.count == 1 ? "0" + text : text
  }
}

extension DemoCompany {
  private static let roles = [
    "web", "app", "api", "db", "queue", "batch", "mail", "proxy", "build", "log",
  ]

  var machines: [DemoMachine] {
    (1...hosts).map { number in
      DemoMachine(
        number: number, role: Self.roles[number % Self.roles.count],
        isCredentialed: !(39...40).contains(number % 42))
    }
  }

  /// Sunday nights, the one before the quarter and the one after it included.
  static let scanNights: [(month: Int, day: Int)] = [
    (6, 28), (7, 5), (7, 12), (7, 19), (7, 26), (8, 2), (8, 9), (8, 16), (8, 23), (8, 30), (9, 6),
    (9, 13), (9, 20), (9, 27), (10, 4),
  ]

  var scans: [DemoExport] {
    let machines = machines
    return Self.scanNights.enumerated().map { index, night in
      let start = Self.day(night.month, night.day, hour: 2)
      let name =
        "weekly-2026-\(DemoMachine.digits(night.month, 2))-\(DemoMachine.digits(night.day, 2)).nessus"
      return DemoExport(
        path: "nessus/\(name)", collectedAt: start.advanced(by: 4 * 3600)
      ) { emit in
        try scan(index, start, machines).write(emit)
      }
    }
  }

  private func scan(_ index: Int, _ start: Instant, _ machines: [DemoMachine]) -> NessusGenerator {
    var scan = NessusGenerator(name: "Weekly production", started: start)
    scan.offset = Self.zone.offset(at: start)
    scan.zoneAbbreviation = "CEST"
    scan.feed = start.advanced(by: -20 * 3600)
    scan.seed = UInt64(1000 + index)
    scan.itemsPerHost = hosts > 100 ? 8 : 4
    scan.hosts = machines.filter { $0.isInUse(at: start) }.map { machine in
      var host = NessusGenerator.Host(
        name: machine.hostname, address: machine.address, mac: machine.mac)
      // Planted: in the night of 2 August the login of host 7 failed, and with it local checks.
      host.isCredentialed = machine.isCredentialed && !(index == 5 && machine.number == 7)
      // However many there are, the scan is over when its report is collected.
      host.delay = Int64(30 + machine.number * (hosts > 500 ? 10_000 : 20 * hosts) / hosts)
      host.duration = 600
      return host
    }
    // Planted: a printer that answers in the server network and is no server of ours.
    if (8...9).contains(index) {
      var printer = NessusGenerator.Host(name: "10.20.9.77", address: "10.20.9.77", fqdn: "")
      printer.isCredentialed = false
      printer.delay = 15
      scan.hosts.append(printer)
    }
    scan.findings = findings(index, at: start)
    return scan
  }

  // MARK: Vulnerabilities

  /// A vulnerability on one machine over a run of scans, first and last included.
  struct DemoFinding: Sendable {
    let machine: DemoMachine
    let test: NessusGenerator.Test
    let port: Int
    let first: Int
    let last: Int
  }

  static let tests: [NessusGenerator.Test] = (0..<24).map { n in
    let products = [
      ("openssl", "openssl"), ("nginx", "nginx"), ("postgresql", "postgresql"),
      ("linux", "linux_kernel"),
      ("openbsd", "openssh"), ("haxx", "curl"), ("python", "python"), ("redis", "redis"),
    ]
    let product = products[n % products.count]
    let severity = [2, 3, 2, 4, 1, 3, 2, 3][n % 8]
    var test = NessusGenerator.Test(
      id: 950_001 + n,
      name:
        "\(product.1) < 1.\(n + 2).0 Multiple Vulnerabilities (USN-8\(DemoMachine.digits(n, 3))-1)",
      severity: severity)
    test.family = "Ubuntu Local Security Checks"
    test.cves = (0...(n % 3)).map { "CVE-2026-\(40000 + n * 10 + $0)" }
    test.cpe = "cpe:/a:\(product.0):\(product.1)"
    test.cvss3 = ["0.0", "3.1", "5.9", "7.8", "9.8"][severity]
    test.cvss2 = ["0.0", "2.1", "5.0", "7.2", "10.0"][severity]
    test.published = "2026/05/\(DemoMachine.digits(1 + n, 2))"
    test.patchPublished = "2026/05/\(DemoMachine.digits(2 + n, 2))"
    return test
  }

  /// Each machine has a few vulnerabilities a quarter. Nearly all are fixed within the deadline
  /// of their severity; every 29th is not, and three kernels stay open.
  var demoFindings: [DemoFinding] {
    var all: [DemoFinding] = []
    for machine in machines where machine.isCredentialed {
      var held: Set<Int> = []
      for k in 0..<5 {
        let mixed = (machine.number * 31 + k * 17 + machine.number * k * 7) % 1000
        let test = Self.tests[mixed % Self.tests.count]
        guard held.insert(test.id).inserted else { continue }
        let first = (mixed / 24 + k * 3) % 12
        let weeks = test.severity == 4 ? 1 : test.severity == 3 ? 1 + mixed % 3 : 2 + mixed % 5
        let isLate = (machine.number * 5 + k) % 29 == 0
        let late = test.severity == 4 ? 3 : test.severity == 3 ? 6 : 14
        let last = first + (isLate ? late : weeks) - 1
        all.append(
          DemoFinding(
            machine: machine, test: test, port: k == 0 ? 443 : 0, first: first, last: last))
      }
    }
    // Planted: gone in the scan without credentials, back the week after. Not fixed.
    if let seven = machines.first(where: { $0.number == 7 }) {
      all.append(
        DemoFinding(machine: seven, test: Self.tests[9], port: 22, first: 2, last: 7))
    }
    if let gone = machines.first(where: { $0.retiredAt != nil }) {
      all.append(
        DemoFinding(machine: gone, test: Self.tests[14], port: 0, first: 9, last: 12))
    }
    // Planted: fixed in August by hand, and back with the next image in September.
    let test = Self.tests[6]
    let holding = Set(all.filter { $0.test.id == test.id }.map(\.machine.number))
    if let again = machines.first(where: {
      $0.isCredentialed && $0.number != 7 && $0.retiredAt == nil && !holding.contains($0.number)
    }) {
      all.append(DemoFinding(machine: again, test: test, port: 0, first: 5, last: 7))
      all.append(
        DemoFinding(machine: again, test: test, port: 0, first: 10, last: Self.scanNights.count - 1)
      )
    }
    return all
  }

  private func findings(_ index: Int, at start: Instant) -> [NessusGenerator.Finding] {
    demoFindings.filter { finding in
      guard finding.first <= index, index <= finding.last, finding.machine.isInUse(at: start)
      else { return false }
      // Local checks do not run without a login.
      return !(index == 5 && finding.machine.number == 7)
    }.map { finding in
      var planted = NessusGenerator.Finding(
        host: finding.machine.hostname, test: finding.test, port: finding.port)
      planted.service = finding.port == 443 ? "www" : finding.port == 22 ? "ssh" : "general"
      planted.output =
        "Installed package : \(finding.test.cpe.split(separator: ":").last ?? "")-1.0\nFixed package     : see advisory\n"
      return planted
    }
  }
}
