import Foundation
import Testing
import Vouch
import VouchModel

/// `vouch config check` tells everything at once, each with its line.
@Suite struct ConfigurationCheckTests {
  private func problems(_ text: String, files: [String: String] = [:]) throws -> [String] {
    try Program.inFolder { folder in
      for (name, content) in files.merging(["vouch.yaml": text], uniquingKeysWith: { $1 }) {
        let file = folder.appending(path: name)
        try FileManager.default.createDirectory(
          at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try content.write(to: file, atomically: true, encoding: .utf8)
      }
      let check = try ConfigurationCheck(
        workspace: folder.path, environment: ["PATH": "/usr/bin:/bin", "SET": "1"])
      return check.problems.map { "\($0.at) \($0.severity) \($0.text)" }
    }
  }

  @Test func namesEveryMisspeltKeyWithItsLineAndTheLikelyIntention() throws {
    let told = try problems(
      """
      organization: {name: A, sulg: a}
      system: {name: B, descripton: c}
      zoen: UTC
      zone: UTC
      period: 2026-Q3
      controls:
        VM-02: {owner: p-1, activty: x}
      waivers:
        - {id: W, control: VM-02, reason: r, aprover: p, approver: p, approved_at: 2026-07-01, expires_at: 2026-08-01}
      sources:
        a: {file: x, fromat: nessus}
        b: {http: {url: u, pagng: {by: link}}}
      """)
    #expect(
      told == [
        "vouch.yaml:7 error unknown key 'controls.VM-02.activty'; did you mean 'activity'?",
        "vouch.yaml:9 error unknown key 'waivers[0].aprover'; did you mean 'approver'?",
        "vouch.yaml:11 error unknown key 'sources.a.fromat'; did you mean 'format'?",
        "vouch.yaml:12 error unknown key 'sources.b.http.pagng'; did you mean 'paging'?",
        "vouch.yaml:1 error unknown key 'organization.sulg'; did you mean 'slug'?",
        "vouch.yaml:2 error unknown key 'system.descripton'; did you mean 'description'?",
        "vouch.yaml:3 error unknown key 'zoen'; did you mean 'zone'?",
      ])
  }

  @Test func findsWhatRefersToNothing() throws {
    let told = try problems(
      """
      organization: {name: A}
      system: {name: B}
      zone: UTC
      period: 2026-Q3
      controls:
        VM-02: {owner: p-1}
      parameters:
        vuln_sla_days: {critcal: 3}
      waivers:
        - {id: W, control: VM-20, reason: r, approver: p, approved_at: 2026-07-01, expires_at: 2026-08-01}
        - {id: X, control: VM-01, reason: r, approver: p, approved_at: 2026-07-01, expires_at: 2026-08-01}
      exclusions:
        - {control: MED-1, reason: r, approver: p}
      sources:
        a: {file: x, format: nesus}
        b: {command: [no-such-program-here]}
        c: {http: {url: "https://example.com", headers: {A: "${UNSET}", B: "${SET}"}}}
        d: {file: y, format: table, record: persn}
      requests: none.csv
      """,
      files: ["templates/controls/VM/VM-99.yml": "id: VM-99"])
    #expect(
      told == [
        "templates/controls/VM/VM-99.yml warning this file is not read: control files end in .yaml",
        "vouch.yaml:10 error waiver 'W' names control 'VM-20'; did you mean 'VM-02'?",
        "vouch.yaml:11 warning waiver 'X' names control 'VM-01', which is not adopted",
        "vouch.yaml:13 error an exclusion names control 'MED-1'; did you mean 'MED-01'?",
        "vouch.yaml:8 error 'critcal' in parameter 'vuln_sla_days'; did you mean 'critical'?",
        "vouch.yaml:15 error source 'a' names format 'nesus'; did you mean 'nessus'?",
        "vouch.yaml:16 warning source 'b' runs 'no-such-program-here', which is not installed here",
        "vouch.yaml:17 warning source 'c' needs the environment variable UNSET, which is not set",
        "vouch.yaml:18 error 'persn' is no record type; did you mean 'person'?",
        "vouch.yaml:19 error the request list 'none.csv' is not there",
      ])
  }

  @Test func warnsWhereNothingIsAdopted() throws {
    let told = try problems(
      "organization: {name: A}\nsystem: {name: B}\nzone: UTC\nperiod: 2026-Q3\ncontrols: {}\n")
    #expect(told == ["vouch.yaml:5 warning no control is adopted"])
  }

  @Test func theSampleCompanyHasNoProblem() throws {
    let check = try ConfigurationCheck(workspace: Program.root.path)
    #expect(check.problems == [])
    #expect(check.summary.hasSuffix("no problem"))
  }
}
