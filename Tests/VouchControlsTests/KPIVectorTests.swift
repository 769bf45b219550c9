import Foundation
import GRDB
import Testing
import VouchModel
import Yams

@testable import VouchControls

/// The test vectors of the KPI formulas, each through the SQL of its file in `templates/kpis/`
/// (Fixtures/kpis: what the vectors state, and how each is put into records).
@Suite struct KPIVectorTests {
  /// 65 were counted in the domain material; a vector nobody runs would look like one that holds.
  @Test func everyVectorHasItsCases() throws {
    #expect(Vectors.all.count == 65)
    #expect(Set(Vectors.all.keys) == Set(Vectors.cases.keys))
    #expect(Vectors.cases.values.allSatisfy { !$0.isEmpty })
  }

  @Test func everyKPIHasItsFile() {
    #expect(Vectors.library.diagnostics.isEmpty, "\(Vectors.library.diagnostics.map(\.rendered))")
    #expect(Vectors.library.kpis.map(\.id) == (1...13).map { "K\($0)" })
  }

  @Test(arguments: Vectors.all.keys.sorted())
  func givesWhatTheVectorExpects(_ id: String) throws {
    let vector = try #require(Vectors.all[id])
    var shown: Set<String> = []
    for node in Vectors.cases[id] ?? [] {
      let run = VectorRun(node, vector)
      if let function = node["swift"]?.string {
        try SamplingVector(vector).check(function)
        shown.formUnion(vector.expected)
        continue
      }
      let figures = try run.figures()
      for (key, figure) in node["expect"]?.mapping ?? [:] {
        let name = key.string ?? ""
        try run.check(figure, shows: name, figures)
        shown.insert(String(name.prefix { $0 != "." }))
      }
      for entry in node["is"]?.sequence ?? [] {
        let value = try run.value(entry["figure"]?.string ?? "", figures)
        #expect(close(value, entry["value"]?.float), "\(id): \(entry["figure"]?.string ?? "")")
      }
      shown.formUnion(run.datesUsed)
    }
    #expect(shown == vector.expected, "\(id) expects more, or less, than its cases show")
  }

  /// K1, K2, K3 and K11 speak of the same downtime; each prints its whole SQL, so it is written
  /// four times and has to be the same four times.
  @Test func downtimeIsTheSameInEveryKPI() throws {
    let parts = Vectors.library.kpis.filter { ["K1", "K2", "K3", "K11"].contains($0.id) }
      .map { $0.sql.split(separator: "-- end of downtime")[0] }
    #expect(parts.count == 4)
    #expect(Set(parts).count == 1)
  }

  /// Two hosts in one outage, one of them with two packages, cost it once; a third restart with
  /// minutes of its own lies beside it.
  @Test func restartsThatShareAnOutageCostItOnce() throws {
    let kpi = try #require(Vectors.library.kpis.first { $0.id == "K10" })
    let figures = try Records().measure(kpi) { db in
      try db.execute(
        sql: """
          INSERT INTO service(service_id) VALUES ('api');
          INSERT INTO asset(asset_id, service_id) VALUES ('a', 'api'), ('b', 'api');
          INSERT INTO collected VALUES ('patch_event', 1, 0, NULL, 0, 1);
          INSERT INTO outage(service, source, start_at, end_at)
          SELECT 'api', column1, unixepoch('2026-02-10 ' || column2), unixepoch('2026-02-10 ' || column3)
          FROM (VALUES ('m', '02:00', '02:20'), ('n', '02:05', '02:30'));
          INSERT INTO reboot(source, asset_id, booted_at) VALUES ('last', 'a', unixepoch('2026-02-10 02:07'));
          INSERT INTO patch_event(asset_id, package, advisory, method, rebooted, applied_at, reboot_at, downtime_minutes)
          SELECT column1, column2, column3, 'package', 1, unixepoch('2026-02-' || column4), unixepoch('2026-02-' || column5), column6
          FROM (VALUES
            ('a', 'kernel', 'A1', '10 01:55', '10 02:06', NULL), ('a', 'openssl', 'A2', '10 01:56', NULL, NULL),
            ('b', 'kernel', 'A1', '10 01:55', '10 02:12', 25), ('b', 'kernel', 'A3', '20 01:55', '20 02:12', 4));
          """)
    }
    func value(_ measure: String) -> Double? { figures.first { $0.measure == measure }?.value }
    #expect(close(value("lost to patch restarts"), 34))
    #expect(close(value("restarts"), 3))
    #expect(close(value("restarts of unknown cost"), 0))
    let allowed = figures.first { $0.measure == "lost to patch restarts" }?.target
    #expect(close(value("longest affordable restart"), allowed.map { $0 / 2 }))
  }

  @Test(arguments: Vectors.library.kpis.map(\.id))
  func withoutEvidenceNothingIsZeroPercentOrFull(_ id: String) throws {
    let kpi = try #require(Vectors.library.kpis.first { $0.id == id })
    let figures = try Records().measure(kpi) { db in
      try db.execute(sql: "INSERT INTO service(service_id) VALUES ('api')")
      for type in kpi.requires {
        try db.execute(sql: "INSERT INTO collected VALUES ('\(type.name)', 1, 0, NULL, 0, 1)")
      }
    }
    let shares = figures.filter { ["percent", "share"].contains($0.unit) && id != "K10" }
    #expect(shares.allSatisfy { $0.value == nil && $0.meets == nil }, "\(shares)")
  }
}

private func close(_ a: Double?, _ b: Double?) -> Bool {
  guard let a, let b else { return a == nil && b == nil }
  return abs(a - b) <= 1e-6 * max(abs(b), 1e-9)
}

/// One vector of vectors.yaml.
private struct Vector {
  let id: String
  let given: Node?
  let expect: Node?

  /// The names under `expect`, remarks apart.
  var expected: Set<String> {
    Set((expect?.mapping ?? [:]).compactMap { $0.key.string }).subtracting(["note"])
  }

  /// What is expected under a name such as `exposure_days.F1` or `deltas.0`.
  func wanted(_ path: String) -> Node? {
    path.split(separator: ".").reduce(expect) { node, part in
      if let index = Int(part), let sequence = node?.sequence { return sequence[index] }
      return node?[String(part)]
    }
  }
}

private enum Vectors {
  static let root = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  // Made once and only read: YAML nodes are not marked Sendable.
  nonisolated(unsafe) static let all: [String: Vector] = {
    let documents = (try? compose_all(yaml: text("Tests/Fixtures/kpis/vectors.yaml"))) ?? nil
    let nodes = documents.map { $0.flatMap { $0["vectors"]?.sequence.map(Array.init) ?? [] } } ?? []
    return Dictionary(
      uniqueKeysWithValues: nodes.map { node in
        let id = node["id"]?.string ?? ""
        return (id, Vector(id: id, given: node["given"], expect: node["expect"]))
      })
  }()

  nonisolated(unsafe) static let cases: [String: [Node]] = {
    let map = (try? compose(yaml: text("Tests/Fixtures/kpis/cases.yaml")))?.mapping ?? [:]
    return Dictionary(
      uniqueKeysWithValues: map.map { ($0.string ?? "", $1.sequence.map(Array.init) ?? []) })
  }()

  static let library = ControlLibrary(
    templates: ["parameters.yaml"].map { ($0, text("templates/\($0)")) }
      + (1...13).map { ("kpis/K\($0).yaml", text("templates/kpis/K\($0).yaml")) })

  static func text(_ path: String) -> String {
    (try? String(contentsOf: root.appending(path: path), encoding: .utf8)) ?? ""
  }
}

/// Records in memory, evidence about everything until after the period, and the settings.
private struct Records {
  var period = Period(
    id: "test", start: Instant(year: 2026, month: 1, day: 1),
    end: Instant(year: 2026, month: 4, day: 1))
  var zone = Zone.utc
  var holidays: [Engagement.Holiday] = []
  var parameters: [Engagement.Parameter] = []

  func measure(
    _ kpi: KPIFile, _ fill: (Database) throws -> Void
  ) throws -> [KPIFigure] {
    let engagement = Engagement(
      organization: "Example", slug: "example", system: "", systemDescription: "",
      categories: Category.allCases, zone: zone, adoptions: [],
      parameters: Vectors.library.defaults + parameters, waivers: [], exclusions: [], aliases: [:],
      holidays: holidays)
    return try DatabaseQueue().write { db in
      for sql in RecordSchema.tables + RecordSchema.evidenceTables { try db.execute(sql: sql) }
      try fill(db)
      let evaluator = Evaluator(db, engagement: engagement, period: period, asOf: period.end)
      let result = try evaluator.measure(kpi)
      #expect(evaluator.diagnostics.isEmpty, "\(evaluator.diagnostics.map(\.rendered))")
      return result.figures
    }
  }
}

/// One run of a vector's cases.
private struct VectorRun {
  let node: Node
  let vector: Vector

  init(_ node: Node, _ vector: Vector) {
    self.node = node
    self.vector = vector
  }

  /// The instants the vector expects that the rows of this run were built from.
  var datesUsed: Set<String> {
    let texts = rows.flatMap(\.rows).flatMap { $0.values }.compactMap(\.string)
    return Set(
      texts.filter { $0.hasPrefix("=") }.map { text in String(text.dropFirst().prefix { $0 != " " })
      })
  }

  private var rows: [(table: String, rows: [[String: Node]])] {
    (node["rows"]?.mapping ?? [:]).map { table, list in
      (table.string ?? "", (list.sequence ?? []).flatMap(Self.repeated))
    }
  }

  /// `_times: N` writes a row N times.
  private static func repeated(_ node: Node) -> [[String: Node]] {
    var row: [String: Node] = [:]
    for (key, value) in node.mapping ?? [:] { row[key.string ?? ""] = value }
    let times = row.removeValue(forKey: "_times")?.int ?? 1
    let from = row.removeValue(forKey: "_from")?.int ?? 0
    return (from..<from + times).map { n in
      row.mapValues { value in
        guard let text = value.scalar?.string, text.contains("{n}") || text.hasSuffix("n") else {
          return value
        }
        let replaced = text.replacing("{n}", with: "\(n)")
        return Node(written(replaced, n) ?? replaced, value.tag, .doubleQuoted)
      }
    }
  }

  /// "T + 60n": the instant T and n times 60 s.
  private static func written(_ text: String, _ n: Int) -> String? {
    guard let match = text.wholeMatch(of: /([^=]\S*) \+ (-?\d+)n/), let step = Int(match.2),
      let start = WrittenTime(iso: match.1)
    else { return nil }
    return start.local.advanced(by: Int64(step * n)).iso8601
  }

  /// "=deadline + 1n": a second after what the vector expects under that name.
  private func expected(_ text: String) -> Instant? {
    guard let match = text.wholeMatch(of: /=(\w+)(?: \+ (-?\d+)n)?/),
      let time = vector.wanted(String(match.1))?.string.flatMap({ WrittenTime(iso: $0) })
    else { return nil }
    return time.local.advanced(by: match.2.flatMap { Int64($0) } ?? 0)
  }

  // MARK: Figures

  /// - Parameter keep: of the rows of one record type, by number, those that are written.
  func figures(_ type: String = "", keep: (Int, [String: Node]) -> Bool = { _, _ in true }) throws
    -> [KPIFigure]
  {
    let id = try #require(node["kpi"]?.string)
    let kpi = try #require(Vectors.library.kpis.first { $0.id == id })
    var records = Records()
    if let zone = node["zone"]?.string { records.zone = try #require(Zone(zone)) }
    if let period = node["period"] { records.period = try self.period(period, records.zone) }
    records.holidays = (node["holidays"]?.sequence ?? []).compactMap(\.string).map(
      Engagement.Holiday.init(date:))
    let settings = try text(node["parameters"])
    if let map = YAMLReader(file: "cases.yaml", topic: "test").open(settings) {
      records.parameters = ControlLibrary.parameters(map, zone: .utc)
    }
    let collected = records.period.end.advanced(days: 1).seconds
    return try records.measure(kpi) { db in
      for type in RecordType.all {
        try db.execute(
          sql:
            "INSERT INTO collected VALUES ('\(type.name)', 1, \(collected), NULL, \(collected), 1)"
        )
      }
      for (table, rows) in rows {
        for (number, row) in rows.enumerated() where table != type || keep(number, row) {
          try insert(row, table, db)
        }
      }
    }
  }

  private func text(_ node: Node?) throws -> String {
    try node.map { try serialize(node: $0) } ?? "{}"
  }

  private func period(_ node: Node, _ zone: Zone) throws -> Period {
    guard let bounds = node.sequence else {
      return try #require(Period(node.string ?? "", in: zone))
    }
    let start = try #require(bounds[0].string.flatMap { WrittenTime(iso: $0) }).local
    let text = bounds[1].string ?? ""
    if let match = text.wholeMatch(of: /\+ (\d+)n (\d+)/), let step = Int64(match.1),
      let times = Int64(match.2)
    {
      return Period(id: "test", start: start, end: start.advanced(by: step * times))
    }
    return Period(id: "test", start: start, end: try #require(WrittenTime(iso: text)).local)
  }

  private func insert(_ row: [String: Node], _ table: String, _ db: Database) throws {
    let type = try #require(RecordType.named(table), "\(table) is no record type")
    var values: [String: VouchModel.Value] = [:]
    for (name, node) in row {
      let column = try #require(
        type.position(of: name).map { type.columns[$0] }, "\(table) has no column \(name)")
      values[name] = written(node, as: column)
    }
    if type == .finding { complete(&values) }
    let names = values.keys.sorted()
    try db.execute(
      sql:
        "INSERT INTO \(type == .finding ? "finding_flat" : table)(\(names.joined(separator: ", "))) VALUES (\(names.map { literal(values[$0] ?? .null) }.joined(separator: ", ")))"
    )
  }

  private func written(_ node: Node, as column: VouchModel.Column) -> VouchModel.Value {
    let text = node.scalar?.string ?? ""
    if let instant = expected(text) { return .instant(instant) }
    if column.kind == .instant, let time = WrittenTime(iso: text) { return .instant(time.local) }
    if column.kind == .text || column.kind == .host {
      return node.recordValue == .null ? .null : .text(text)
    }
    // Times inside JSON are epoch seconds.
    guard case .text(let json) = node.recordValue, column.kind == .json else {
      return node.recordValue
    }
    return .text(
      json.replacing(/"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)"/) { match in
        WrittenTime(iso: match.1).map { "\($0.local.seconds)" } ?? String(match.0)
      })
  }

  private func complete(_ values: inout [String: VouchModel.Value]) {
    let ranks = ["critical": 4, "high": 3, "medium": 2, "low": 1, "none": 0]
    if values["severity_rank"] == nil, case .text(let word)? = values["severity"] {
      values["severity_rank"] = .integer(ranks[word])
    }
    if values["first_seen"] == nil {
      values["first_seen"] = .instant(Instant(year: 2026, month: 1, day: 2))
    }
  }

  // MARK: Comparison

  func value(_ selector: String, _ figures: [KPIFigure]) throws -> Double? {
    try figure(selector, figures).value
  }

  private func figure(_ selector: String, _ figures: [KPIFigure]) throws -> KPIFigure {
    let parts = selector.components(separatedBy: " | ")
    let found = figures.filter { $0.subject == parts[0] && $0.measure == parts[1] }
    #expect(found.count == 1, "\(vector.id): '\(selector)' names \(found.count) figures")
    return try #require(found.first)
  }

  func check(_ figure: Node, shows name: String, _ figures: [KPIFigure]) throws {
    let wanted = try #require(vector.wanted(name), "\(vector.id) expects no \(name)")
    let selector = figure.scalar?.string ?? figure["figure"]?.string ?? ""
    let place = "\(vector.id) \(name): \(selector)"
    if figure["meets"] != nil {
      let word = wanted.string ?? ""
      let meets = try self.figure(selector, figures).meets
      #expect(meets == (word == "true" || word == "meets"), "\(place)")
    } else if let decimals = figure["decimals"]?.int {
      let value = try #require(try self.value(selector, figures))
      #expect(String(format: "%.\(decimals)f", value) == wanted.string, "\(place)")
    } else if let missing = figure["missing"]?.string {
      let figure = try self.figure(missing, figures)
      #expect(figure.value == nil && figure.meets == nil, "\(place)")
    } else if figure["absent"] != nil {
      #expect(!figures.contains { close($0.value, wanted.float) }, "\(place)")
    } else if let only = figure["only"]?.string, let of = figure["of"]?.string {
      let column = figure["by"]?.string ?? ""
      let alone = try self.figures(of) { $1[column]?.string == only }
      #expect(close(try value(selector, alone), wanted.float), "\(place)")
    } else if let type = figure["each"]?.string ?? figure["pairs"]?.string {
      try checkList(figure, type, selector, wanted, place)
    } else {
      let value = try self.value(selector, figures)
      let number = wanted.bool.map { $0 ? 1.0 : 0.0 } ?? wanted.float
      #expect(number != nil || wanted.recordValue == .null, "\(place)")
      let shown = value.map { "\($0)" } ?? "NULL"
      #expect(close(value, number), "\(place) is \(shown)")
    }
  }

  /// The rows alone, or each with the next, against a list.
  private func checkList(
    _ figure: Node, _ type: String, _ selector: String, _ wanted: Node, _ place: String
  ) throws {
    let all: [[String: Node]] = rows.first { $0.table == type }?.rows ?? []
    let column: String = figure["by"]?.string ?? ""
    let measure: String? = figure["subject_of"]?.string
    let isPairs = figure["pairs"] != nil
    var got: [String] = []
    for number in 0..<(isPairs ? max(0, all.count - 1) : all.count) {
      let some = try figures(type) { i, _ in i == number || isPairs && i == number + 1 }
      if let measure {
        got += some.filter { $0.measure == measure && $0.value == 1 }.map(\.subject)
      } else {
        let value: Double? = try self.value(selector, some)
        if isPairs {
          got.append(String(Int(try #require(value))))
        } else if value == 1 {
          got.append(all[number][column]?.string ?? "")
        }
      }
    }
    let list: [String] = (wanted.sequence ?? []).map { $0.scalar?.string ?? "" }
    #expect(got == list, "\(place)")
  }
}

/// The vectors whose result a function in Swift computes.
private struct SamplingVector {
  let vector: Vector

  init(_ vector: Vector) { self.vector = vector }

  private func numbers(_ name: String, _ node: Node?) -> [Double] {
    let value = node?[name]
    return value?.sequence.map { $0.compactMap(\.float) } ?? value?.float.map { [$0] } ?? []
  }

  func check(_ function: String) throws {
    let given = vector.given
    let confidence = numbers("confidence", given).first ?? 0
    switch function {
    case "size":
      let sizes = numbers("tolerable", given).map {
        Double(Sampling.size(confidence: confidence, tolerable: $0))
      }
      #expect(!sizes.isEmpty && sizes == numbers("n", vector.expect))
    case "upperLimit":
      let size = try #require(given?["n"]?.int)
      // The vectors give one decimal.
      let limits = numbers("k", given).map { k in
        let limit = Sampling.upperLimit(size: size, deviations: Int(k), confidence: confidence)
        return (limit * 1000).rounded() / 10
      }
      #expect(!limits.isEmpty && limits == numbers("upper_pct", vector.expect))
    case "draw":
      let keys = try #require(given?["keys"]?.sequence).compactMap(\.string)
      let drawn = Sampling.draw(
        keys, seed: try #require(given?["seed"]?.string), size: try #require(given?["n"]?.int))
      let sample: [String] = (vector.expect?["sample"]?.sequence ?? []).compactMap(\.string)
      #expect(!sample.isEmpty && drawn.map(\.key) == sample)
      let prefix = try #require(vector.expect?["first_digest_prefix"]?.string)
      #expect(drawn.first?.digest.hex.hasPrefix(prefix) == true)
    case "deviationRate":
      let rate = Sampling.deviationRate(
        deviations: try #require(given?["deviations"]?.int),
        population: try #require(given?["population"]?.int))
      #expect(close(rate.map { 100 * $0 }, vector.expect?["deviation_rate_pct"]?.float))
    default: Issue.record("there is no function \(function)")
    }
  }
}
