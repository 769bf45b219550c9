import Foundation
import GRDB
import Testing
import VouchModel
import Yams

@testable import VouchControls

/// The control files in `templates/`, read once.
private enum Templates {
  static let root = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  static let library = ControlLibrary(
    templates: files(below: root.appending(path: "templates")).map { path in
      (path, (try? String(contentsOf: url(path), encoding: .utf8)) ?? "")
    })

  static let ids = library.files.map(\.control.id)

  static func url(_ path: String) -> URL { root.appending(path: "templates/\(path)") }

  private static func files(below folder: URL) -> [String] {
    let all = FileManager.default.enumerator(atPath: folder.path)?.compactMap { $0 as? String }
    return (all ?? []).filter { $0.hasSuffix(".yaml") }.sorted()
  }

  /// The catalogue's fields by control and name, in one spelling, and its attributes' letters;
  /// nil (and a line in the log) when the catalogue is not there.
  static let catalogue: [String: [String: String]]? = {
    let environment = ProcessInfo.processInfo.environment["VOUCH_SHARED"]
    let shared =
      environment.map { URL(fileURLWithPath: $0) }
      ?? root.deletingLastPathComponent().appending(path: "shared")
    let file = shared.appending(path: "domain/controls-catalogue.yaml")
    guard let text = try? String(contentsOf: file, encoding: .utf8),
      let controls = try? Yams.compose(yaml: text)?.mapping?["controls"]?.sequence
    else {
      print("skipped: the controls catalogue is not there")
      return nil
    }
    return Dictionary(
      uniqueKeysWithValues: controls.compactMap(\.mapping).map { entry in
        (entry["id"]?.string ?? "", fields(entry))
      })
  }()

  static func fields(_ entry: Node.Mapping) -> [String: String] {
    var fields = Dictionary(
      uniqueKeysWithValues: entry.map { ($0.string ?? "", spelling($1)) })
    let attributes = entry["attributes"]?.sequence?.compactMap(\.mapping) ?? []
    fields["letters"] = attributes.map { $0["key"]?.string ?? "" }.joined(separator: " ")
    return fields
  }

  /// One spelling of a node, whatever its YAML style.
  private static func spelling(_ node: Node) -> String {
    switch node {
    case .scalar(let scalar): scalar.string
    case .sequence(let nodes): "[\(nodes.map(spelling).joined(separator: ", "))]"
    case .mapping(let pairs):
      "{\(pairs.map { "\(spelling($0)): \(spelling($1))" }.joined(separator: ", "))}"
    case .alias: "*"
    }
  }
}

@Suite struct ControlExamplesTests {
  @Test func everyTemplateCanBeLoaded() {
    #expect(Templates.library.diagnostics.isEmpty)
    #expect(!Templates.ids.isEmpty)
  }

  /// Runs every example; lint also demands that each rule is seen to pass, to fail and to be
  /// left open.
  @Test(arguments: Templates.ids)
  func examplesAgreeAndLintFindsNothing(_ id: String) throws {
    let file = try #require(Templates.library.control(id))
    let problems = try ControlLint.lint(file, defaults: Templates.library.defaults)
    #expect(problems.isEmpty, "\(problems.map(\.rendered).joined(separator: "\n"))")
  }

  @Test(arguments: Templates.ids)
  func fileLiesInTheFolderOfItsArea(_ id: String) throws {
    let control = try #require(Templates.library.control(id)).control
    #expect(control.file == "templates/controls/\(control.area)/\(id).yaml")
  }

  /// Words that people know from the catalogue stay as they are; rules may be refined.
  @Test(arguments: Templates.ids)
  func copiedFieldsEqualTheCatalogue(_ id: String) throws {
    guard let catalogue = Templates.catalogue else { return }
    let entry = try #require(catalogue[id], "the catalogue has no control \(id)")
    let control = try #require(Templates.library.control(id)).control
    let text = try String(
      contentsOf: Templates.root.appending(path: control.file), encoding: .utf8)
    let own = Templates.fields(try #require(try Yams.compose(yaml: text)?.mapping))
    for key in [
      "id", "title", "activity", "category", "also", "criteria", "automation", "nature",
      "frequency", "sources", "mode", "tolerance", "empty", "max_gap_days", "means", "fix", "seed",
      "letters",
    ] {
      #expect(own[key] == entry[key], "'\(key)' of \(id)")
    }
  }

  /// MON-04 measures gaps as coverage does, so it has to name the very types that keep snapshots.
  @Test func evidenceControlNamesEverySnapshotType() throws {
    let sql = try #require(Templates.library.control("MON-04")).control.population.sql
    let list = try #require(sql.firstMatch(of: /IN \(([^)]*)\) AS is_snapshot/)).1
    let named = list.split(whereSeparator: { !$0.isLetter && $0 != "_" }).map(String.init)
    #expect(named.sorted() == RecordType.all.filter(\.isSnapshot).map(\.name).sorted())
  }

  @Test func ruleMayUseTableValuedFunctionsOfAFreshConnection() throws {
    try DatabaseQueue().read { db in
      let guardian = SQLGuard()
      let statement = try guardian.compile(
        "SELECT value FROM (SELECT n.value FROM json_each('[7]') n)", on: db)
      #expect(try Int.fetchAll(statement) == [7])
    }
  }
}
