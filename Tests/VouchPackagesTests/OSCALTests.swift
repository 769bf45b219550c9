import Foundation
import Testing
import VouchModel

@testable import VouchPackages

@Suite struct OSCALTests {
  static let documents = [
    "tsc-catalog", "controls-catalog", "assessment-plan", "assessment-results",
  ]

  /// Writes the documents of an assessment, with the files that they refer to.
  static func write(
    _ assessment: Assessment = Sample.assessment, in folder: URL, schemas: String? = nil
  ) throws -> (xml: URL, json: URL, observations: Int) {
    let input = try Sample.input(in: folder, assessment: assessment, schemas: schemas)
    let bag = try BagWriter(in: folder.path, name: "x-soc2-2026")
    for row in Sample.evidence {
      try bag.copy(PackageLayout.evidence(row), from: input.evidencePath(row))
    }
    for path in [PackageLayout.evidenceIndex, PackageLayout.deviations] {
      try bag.add(path, text: "made up\n")
    }
    var populations: [String: PopulationSummary] = [:]
    for conclusion in assessment.conclusions where !conclusion.slices.isEmpty {
      let id = conclusion.control.id
      try bag.add(PackageLayout.population(id), text: "item\n\(id)\n")
      populations[id] = PopulationSummary(
        rows: 1, exceptions: conclusion.slices.map { _ in [1, 3] })
    }
    let documents = OSCALDocuments(
      context: try OSCALContext(input, ledger: Digest.sha256(Sample.ledger)), bag: bag,
      validation: try Validation(input.files, folder: schemas))
    let count = try documents.write(populations: populations)
    _ = try bag.finish(info: [])
    let data = folder.appending(path: "x-soc2-2026/data")
    return (data.appending(path: "xml"), data.appending(path: "oscal-json"), count)
  }

  @Test func givesTheIdentifiersOfTheVectors() throws {
    guard let vectors = Shared.examples?.appending(path: "uuid-vectors.tsv") else {
      return Shared.skip("vectors", cases: 30)
    }
    let lines = try String(contentsOf: vectors, encoding: .utf8).split(separator: "\n")
    var cases = 0
    for line in lines where !line.hasPrefix("#") {
      let fields = line.split(separator: "\t").map(String.init)
      let name = fields[0..<2] + fields[2].split(separator: "|").map(String.init)
      let uuid = OSCALIdentifiers.version5(
        OSCALIdentifiers.space, name.joined(separator: "\n"))
      #expect(uuid == fields[3], "\(line)")
      cases += 1
    }
    #expect(cases == 30)
  }

  @Test func derivesItsNamespaceFromTheURLNamespace() {
    let urls: [UInt8] = [
      0x6b, 0xa7, 0xb8, 0x11, 0x9d, 0xad, 0x11, 0xd1, 0x80, 0xb4, 0x00, 0xc0, 0x4f, 0xd4, 0x30,
      0xc8,
    ]
    #expect(
      OSCALIdentifiers.version5(urls, OSCAL.namespace) == "869af727-6e50-5e72-a63a-eb1f21a69781")
  }

  @Test func documentsAreWhatTheGoldenFilesShow() throws {
    try Sample.withFolder { folder in
      let written = try Self.write(in: folder)
      for name in Self.documents {
        try Golden.hold(
          written.xml.appending(path: "\(name).xml"), against: "packages/oscal/\(name).xml")
      }
      try Golden.hold(
        written.json.appending(path: "assessment-results.json"),
        against: "packages/oscal/assessment-results.json")
    }
  }

  @Test func documentsAreValidForNISTSchemasAndRules() throws {
    guard let schemas = Shared.schemas, let examples = Shared.examples else {
      return Shared.skip("NIST schemas", cases: 8)
    }
    try Sample.withFolder { folder in
      let xml = try Self.write(in: folder, schemas: schemas.path).xml
      for name in Self.documents {
        let model = name.hasSuffix("catalog") ? "catalog" : name
        let schema = schemas.appending(path: "oscal_\(model)_schema.xsd").path
        let rules = examples.appending(path: "oscal-rules.sch").path
        for check in [["--schema", schema], ["--schematron", rules]] {
          let run = try Tool.run(
            "xmllint", ["--noout", "--nonet"] + check + ["\(name).xml"], in: xml)
          #expect(run == nil || run?.status == 0, "\(name): \(run?.output ?? "")")
        }
      }
    }
  }

  @Test func pythonOSCALFindsNoFault() throws {
    try Sample.withFolder { folder in
      let xml = try Self.write(in: folder).xml
      let script = """
        from oscal import OSCAL
        for name in \(Self.documents):
          d = OSCAL.load(name + '.xml')
          assert all(d.validation_status.values()), (name, d.validation_errors)
        """
      let run = try Tool.python(module: "oscal", script, in: xml)
      #expect(run == nil || run?.status == 0, "\(run?.output ?? "")")
    }
  }

  /// An independent converter makes the same JSON of our XML as we do, Markdown's escapes apart.
  @Test func jsonSaysWhatTheXMLSays() throws {
    try Sample.withFolder { folder in
      let data = try Self.write(in: folder).xml.deletingLastPathComponent()
      let script = """
        import json
        from oscal import OSCAL
        def plain(x):
          if isinstance(x, dict): return {k: plain(v) for k, v in x.items()}
          if isinstance(x, list): return [plain(v) for v in x]
          return x.replace('\\\\', '').strip() if isinstance(x, str) else x
        def differ(a, b, at):
          if type(a) != type(b): return [(at, a, b)]
          if isinstance(a, dict):
            return [d for k in a.keys() | b.keys() for d in differ(a.get(k), b.get(k), at + '/' + k)]
          if isinstance(a, list):
            if len(a) != len(b): return [(at, len(a), len(b))]
            return [d for i in range(len(a)) for d in differ(a[i], b[i], at + '/' + str(i))]
          return [] if a == b else [(at, a, b)]
        for name in \(Self.documents):
          theirs = json.loads(OSCAL.load('xml/' + name + '.xml').dumps('json'))
          ours = json.load(open('oscal-json/' + name + '.json'))
          found = differ(plain(ours), plain(theirs), name)
          assert not found, found[:10]
        """
      let run = try Tool.python(module: "oscal", script, in: data)
      #expect(run == nil || run?.status == 0, "\(run?.output ?? "")")
    }
  }

  @Test func trestleImportsTheJSONAndFindsItValid() throws {
    guard let probe = try Tool.run("trestle", ["version"]), probe.status == 0 else { return }
    try Sample.withFolder { folder in
      let json = try Self.write(in: folder).json
      let place = folder.appending(path: "trestle")
      try FileManager.default.createDirectory(at: place, withIntermediateDirectories: false)
      _ = try Tool.run("trestle", ["init", "--local"], in: place)
      for name in Self.documents {
        let model = name.hasSuffix("catalog") ? "catalog" : name
        let file = json.appending(path: "\(name).json").path
        for command in [
          ["import", "-f", file, "-o", name], ["validate", "-t", model, "-n", name],
        ] {
          let run = try Tool.run("trestle", command, in: place)
          #expect(run?.status == 0, "\(name): \(run?.output ?? "")")
        }
      }
    }
  }

  @Test func eachIncludedControlHasOneObservationASliceAndAFindingUnlessItDidNotOperate() throws {
    try Sample.withFolder { folder in
      let written = try Self.write(in: folder)
      let results = try String(
        contentsOf: written.xml.appending(path: "assessment-results.xml"), encoding: .utf8)
      for conclusion in Sample.conclusions {
        let token = OSCALContext.token(conclusion.control.id)
        let control = "name=\"control\" ns=\"\(OSCAL.namespace)\" value=\"\(token)\""
        #expect(results.ranges(of: control).count == conclusion.slices.count)
        let hasFinding = results.contains("target-id=\"\(token)_obj\"")
        let undecided: [Verdict] = [.notOperated, .notApplicable]
        #expect(hasFinding == !undecided.contains(conclusion.verdict), "\(token)")
      }
      #expect(results.contains("<exclude-control control-id=\"phy-01\"/>"))
      #expect(!results.contains("<include-control control-id=\"phy-01\"/>"))
      #expect(results.ranges(of: "state=\"satisfied\"").count == 1)
      #expect(written.observations == 7)
    }
  }

  /// The sample with another result for VM-02.
  private func assessment(items: [ItemResult], evidence: [EvidenceRow]) -> Assessment {
    let conclusions = Sample.conclusions.map { conclusion in
      guard conclusion.control.id == "VM-02" else { return conclusion }
      let slice = Sample.slice(
        Sample.period, .fail, "many deviate", population: 5000, deviations: items.count,
        of: conclusion.control, items: items)
      return Conclusion(
        control: conclusion.control, owner: "Kim Doe", slices: [slice], verdict: .fail,
        reason: "many deviate", gaps: [], evidence: evidence.map(\.evidence))
    }
    return Sample.assessment(conclusions: conclusions, evidence: evidence)
  }

  private func items(_ count: Int) -> [ItemResult] {
    (0..<count).map {
      ItemResult(
        item: "web-\($0 + 1000)", attribute: "A", result: .false, decides: true, waiver: nil,
        evidence: 1, place: "L1")
    }
  }

  @Test(arguments: [(1000, 1000), (1001, 1)])
  func givesOneRiskToAControlWithMoreThanAThousandDeviations(deviations: Int, risks: Int) throws {
    try Sample.withFolder { folder in
      let written = try Self.write(
        assessment(items: items(deviations), evidence: Sample.evidence), in: folder)
      let text = try String(
        contentsOf: written.xml.appending(path: "assessment-results.xml"), encoding: .utf8)
      // One more is IAM-04's.
      #expect(text.ranges(of: "<risk uuid=").count == risks + 1)
      #expect(text.ranges(of: "<associated-risk ").count == risks + 1)
    }
  }

  @Test func namesTheEvidenceIndexInsteadOfHundredsOfFiles() throws {
    let first = Sample.evidence[0]
    let many = (1...150).map { number in
      EvidenceRow(
        evidence: number, digest: first.digest, size: first.size, provenance: first.provenance,
        format: first.format, effectiveAt: nil, coversFrom: nil, coversTo: nil, recordCount: 1,
        reportedTotal: nil, isComplete: true)
    }
    try Sample.withFolder { folder in
      let written = try Self.write(assessment(items: [], evidence: many), in: folder)
      let text = try String(
        contentsOf: written.xml.appending(path: "assessment-results.xml"), encoding: .utf8)
      #expect(text.contains("<p>150 files; numbers 1-150 of the evidence index.</p>"))
    }
  }
}
