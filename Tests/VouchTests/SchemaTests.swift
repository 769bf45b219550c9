import Foundation
import Testing
import Vouch
import VouchControls
import VouchModel

/// The JSON Schemas say what the loaders read, and `schemas/` holds them as they are.
@Suite struct SchemaTests {
  private static let library = ControlLibrary(
    templates: Templates(files: Templates.builtIn).below(""))
  private static let full = Program.root.appending(path: "Tests/Fixtures/config/full.yaml")
  private static let schemas = Program.root.appending(path: "schemas")

  @Test func theSchemaOfVouchYAMLHasTheKeysThatReadingItLooksFor() throws {
    let text = try String(contentsOf: Self.full, encoding: .utf8)
    let read = Self.plain(
      try Configuration(text: text, file: "full.yaml", library: Self.library).keys)
    let known = Self.plain(FileSchemas.configurationKeys(Self.library))
    #expect(
      read.subtracting(known).sorted() == [],
      "add these keys to Sources/Vouch/Schemas/ConfigurationSchema.swift or SourceSchema.swift")
    #expect(
      known.subtracting(read).sorted() == [],
      "nobody reads these keys of the schema; or add them to Tests/Fixtures/config/full.yaml")
  }

  /// Lists as what they are lists of; what is below a name of the file's choice is free.
  private static func plain(_ keys: Set<String>) -> Set<String> {
    Set(keys.map { $0.replacing("[]", with: "") }.filter { !$0.hasSuffix(".*.*") })
  }

  /// A branch that the fixture does not enter would hide its keys: the source itself tells them.
  @Test func everyKeyNamedInConfigurationSwiftIsInTheSchema() throws {
    let source = try String(
      contentsOf: Program.root.appending(path: "Sources/Vouch/Configuration.swift"), encoding: .utf8
    )
    let named = Set(
      source.matches(
        of: /\.(?:string|required|int|real|flag|strings|map|maps|instant|node|has)\(\s*"([a-z_]+)"/
      ).map { String($0.1) })
    let known = Set(
      FileSchemas.configurationKeys(Self.library).flatMap {
        $0.split { ".[]*".contains($0) }.map(String.init)
      })
    #expect(named.count > 50)
    #expect(named.subtracting(known).sorted() == [])
  }

  @Test func theSchemaOfControlsHasTheKeysThatReadingThemLooksFor() {
    let read = Templates.builtIn.filter { $0.key.hasPrefix("controls/") }.values
      .reduce(into: Set<String>()) { $0.formUnion(ControlLoader.keys(of: $1)) }
    let known = FileSchemas.controlKeys(Self.library).filter {
      !$0.hasPrefix("examples[].given.*[]")
    }
    #expect(
      read.subtracting(known).sorted() == [],
      "add these keys to Sources/Vouch/Schemas/ControlSchema.swift")
    #expect(known.subtracting(read).sorted() == [], "nobody reads these keys of the schema")
  }

  @Test(arguments: ["vouch", "control"])
  func theSchemaInTheRepositoryIsTheOneTheProgramWrites(_ name: String) throws {
    let text =
      name == "vouch"
      ? FileSchemas.configuration(Self.library) : FileSchemas.control(Self.library)
    let file = Self.schemas.appending(path: "\(name).schema.json")
    if ProcessInfo.processInfo.environment["VOUCH_RECORD"] == "1" {
      try text.write(to: file, atomically: true, encoding: .utf8)
    }
    #expect(
      try String(contentsOf: file, encoding: .utf8) == text,
      "run 'make generated' and commit schemas/")
  }

  @Test func anIndependentValidatorTakesWhatTheLoaderTakesAndRefusesSlips() throws {
    guard let validator = Program.find("check-jsonschema") else {
      print("skipped: check-jsonschema is not installed (pip install check-jsonschema)")
      return
    }
    let vouch = Self.schemas.appending(path: "vouch.schema.json").path
    let control = Self.schemas.appending(path: "control.schema.json").path
    try Program.inFolder { folder in
      func status(_ schema: String, _ files: [String]) throws -> Int32 {
        try Program.run(validator, ["--schemafile", schema] + files).status
      }
      #expect(try Program.run(validator, ["--check-metaschema", vouch, control]).status == 0)
      _ = try Workspace.initialise(folder.path)
      let good = [
        Self.full.path, Program.root.appending(path: "vouch.yaml").path,
        folder.path + "/vouch.yaml",
      ]
      #expect(try status(vouch, good) == 0)
      let controls = Self.library.files.map { Program.root.path + "/" + $0.control.file }
      #expect(try status(control, controls) == 0)
      let slips = try Self.slips.enumerated().map { index, slip in
        let text = try String(contentsOf: Self.full, encoding: .utf8)
          .replacing(slip.0, with: slip.1)
        let file = folder.appending(path: "slip-\(index).yaml")
        try text.write(to: file, atomically: true, encoding: .utf8)
        #expect(throws: Refusal.self) {
          try Configuration(text: text, file: "slip.yaml", library: Self.library)
        }
        return file
      }
      let told = try Program.run(validator, ["--schemafile", vouch] + slips.map(\.path)).out
      for (file, slip) in zip(slips, Self.slips) {
        #expect(told.contains(file.lastPathComponent), "the schema takes: \(slip.1)")
      }
    }
  }

  /// Wrong for the schema and for the loader alike.
  private static let slips = [
    ("organization: {", "organisation: {"), ("prepared_by: p-001", "preparedby: p-001"),
    ("VM-02: {owner: p-001,", "VM-02: {"), ("VM-02: {owner", "VM-2: {owner"),
    ("dormant_days", "dormant_day"), ("zone: Europe/Berlin\nperiod", "period"),
    ("[security, privacy]", "[security, safety]"), ("timeout: 20", "timeout: soon"),
    ("by: link", "by: header"), ("    expires_at: 2026-11-01T00:00:00Z\n", ""),
    ("  date:\n    command: date", "  date:\n    format: uptime"),
  ]
}
