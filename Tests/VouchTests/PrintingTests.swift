import Foundation
import Testing

@testable import Vouch

/// The package on paper, printed by a real Chromium.
@Suite struct PrintingTests {
  private static let browsers = ["chromium", "chromium-browser", "google-chrome"]

  @Test func printsEveryControlIntoOneFile() throws {
    guard Self.browsers.contains(where: { SystemTool.find($0) != nil }) else {
      print("skipped: no Chromium is installed")
      return
    }
    let demo = try DemoWorkspace()
    let folder = try demo.bundle().receipt.folder
    let before = try FileManager.default.subpathsOfDirectory(atPath: folder).sorted()
    let pdf = try Workspace.print(folder)
    #expect(pdf == folder + ".pdf")
    #expect(try FileManager.default.subpathsOfDirectory(atPath: folder).sorted() == before)
    guard MachineTool.has("pdftotext"), MachineTool.has("pdfinfo") else { return }
    let text = try MachineTool.succeed(["pdftotext", "-layout", pdf, "-"])
    #expect(text.contains("Northlight Ledger"))
    for control in ["AST-01", "HST-01", "NET-01"] { #expect(text.contains(control)) }
    let pages = try MachineTool.succeed(["pdfinfo", pdf]).split(separator: "\n")
      .first { $0.hasPrefix("Pages:") }
      .flatMap { Int($0.dropFirst(6).trimmingCharacters(in: .whitespaces)) }
    #expect(try #require(pages) > 15)
  }

  @Test func withoutAPrinterNothingIsWrittenAndTheMessageSaysWhatToInstall() throws {
    guard let program = MachineTool.path else { return }
    let demo = try DemoWorkspace()
    let answer = try MachineTool.run(
      [program, "bundle", "--pdf", "--workspace", demo.path],
      environment: ["PATH": "/nowhere", "HOME": "/tmp"])
    #expect(answer.status == 65)
    #expect(answer.errors.contains("[bundle.no-printer]"), "\(answer.errors)")
    let left = try? FileManager.default.contentsOfDirectory(atPath: demo.path + "/output")
    #expect((left ?? []).allSatisfy { !$0.hasSuffix(".zip") })
  }

  @Test func linksLeadInsideThePrintedBook() throws {
    let root = NSTemporaryDirectory() + "vouch-book-" + UUID().uuidString
    defer { try? FileManager.default.removeItem(atPath: root) }
    try FileManager.default.createDirectory(
      atPath: root + "/data/controls", withIntermediateDirectories: true)
    func page(_ path: String, _ main: String) throws {
      try "<title>T</title><style>x{}</style><main id=\"main\">\(main)</main>".write(
        toFile: "\(root)/\(path)", atomically: true, encoding: .utf8)
    }
    try page("START-HERE.html", "<a href=\"data/index.html\">o</a>")
    try page("data/index.html", "<a href=\"controls/A.html#x\">A</a><a href=\"check.json\">c</a>")
    try page("data/controls/A.html", "<p id=\"x\">&quot;</p><a href=\"#x\">x</a>")
    let text = try PrintedBook(root).text
    #expect(text.contains("<a href=\"#p2\">o</a>"))
    #expect(text.contains("<a href=\"#p3-x\">A</a><a href=\"check.json\">c</a>"))
    #expect(text.contains("<p id=\"p3-x\">&quot;</p><a href=\"#p3-x\">x</a>"))
  }
}
