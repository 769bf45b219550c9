import Testing
import VouchModel

@testable import VouchPackages

@Suite struct AuditRequestTests {
  @Test func readsTheListOfAnAuditor() throws {
    let csv = """
      \u{FEFF}No.,Request,Control or criterion\r
      4.2,"Terminated staff, with \"\"last day\"\"\",IAM-04\r
      \r
      7.1,"Scans of
      the period",CC7.1; VM-02\r
      """
    #expect(
      try AuditRequest.list(csv: csv, path: "requests.csv") == [
        AuditRequest(
          number: "4.2", text: "Terminated staff, with \"last day\"", subjects: ["IAM-04"]),
        AuditRequest(number: "7.1", text: "Scans of\nthe period", subjects: ["CC7.1", "VM-02"]),
      ])
  }

  @Test func readsSemicolonsWhereTheHeaderHasThem() throws {
    let csv = "Description;Criteria;Ref\nPolicies;CC5.3,CC1.1;9\n"
    #expect(
      try AuditRequest.list(csv: csv, path: "requests.csv") == [
        AuditRequest(number: "9", text: "Policies", subjects: ["CC5.3", "CC1.1"])
      ])
  }

  @Test(arguments: [
    ("", "requests.csv:1"), ("a,b,c\n1,2,3\n", "requests.csv:1"),
    ("number,request,control\n1,\"two\nlines\",VM-02\n2,too few\n", "requests.csv:4"),
  ])
  func namesTheLineThatIsWrong(csv: String, place: String) {
    #expect { try AuditRequest.list(csv: csv, path: "requests.csv") } throws: { error in
      (error as? Refusal)?.diagnostics.map(\.at) == [place]
    }
  }

  @Test func answersARequestWithPagesPopulationAndRawFiles() throws {
    let requests = [
      AuditRequest(number: "4.2", text: "Leavers", subjects: ["IAM-04", "CC7.9"]),
      AuditRequest(number: "5", text: "Uptime", subjects: ["K1"]),
      AuditRequest(number: "6", text: "Something else", subjects: []),
    ]
    let html = try #require(try Sample.pages(requests: requests)["data/requests.html"])
    let links = Set(HTMLReader(html).values(of: "href"))
    let raw = Sample.evidence.filter { [2, 3].contains($0.evidence) }
      .map { String(PackageLayout.evidence($0).dropFirst(5)) }
    #expect(
      links.isSuperset(
        of: ["controls/IAM-04.html", "workpapers/populations/IAM-04.csv", "kpis.html#K1"] + raw))
    #expect(html.contains("no adopted control, criterion or KPI has the name <code>CC7.9</code>"))
    #expect(html.contains("id=\"R-4.2\""))
    #expect(html.matches(of: #/not answered/#).count == 1)
  }

  @Test func saysHowToImportAListWhenThereIsNone() throws {
    let html = try #require(try Sample.pages()["data/requests.html"])
    #expect(html.contains("No request list was imported."))
    #expect(html.contains("number,request,control"))
  }
}
