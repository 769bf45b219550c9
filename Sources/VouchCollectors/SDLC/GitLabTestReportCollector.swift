import VouchModel

/// Reads the test report of a GitLab pipeline, `GET …/pipelines/{id}/test_report`.
///
/// The report has no times and no commit: the pipeline's number comes from the address it was
/// taken from, the commit from the option `sha`.
enum GitLabTestReportCollector: Collector {
  static let format = "gitlab_test_report"
  static let summary = "GitLab test report of a pipeline"
  static let gives: [RecordType] = [.test_run]

  static func recognises(_ head: Head) -> Bool {
    let json = head.jsonBeginning
    return json.has(all: "total_count", "success_count", "test_suites")
  }

  static func read(_ item: EvidenceItem, into reading: Reading) throws {
    reading.provides(.test_run)
    guard let json = try item.json(format: format, reading) else { return }
    let pipeline = item.provenance.endpoint.firstMatch(of: /\/pipelines\/([0-9]+)/)
    let run = pipeline.map { String($0.1) } ?? item.digest.short
    for (i, suite) in json["test_suites"].elements.enumerated() {
      var record = Record(.test_run, place: "/test_suites/\(i)")
      record["run_id"] = .text(run)
      record["sha"] = .text(item.options["sha"])
      record["suite"] = .text(suite["name"].text ?? "")
      record["tests"] = .integer(suite["total_count"].integer)
      record["failures"] = .integer(suite["failed_count"].integer)
      // A suite that could not be read has an error and no tests.
      let errors = suite["error_count"].integer
      record["errors"] = .integer(suite["suite_error"].text == nil ? errors : (errors ?? 0) + 1)
      record["skipped"] = .integer(suite["skipped_count"].integer)
      reading.append(record)
    }
  }
}
