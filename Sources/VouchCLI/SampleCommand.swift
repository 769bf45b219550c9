import ArgumentParser
import Vouch
import VouchModel

struct SampleCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sample",
    abstract: "Draw the auditor's sample from a control's population.",
    discussion: """
      Items are ordered by the SHA-256 of the seed, a line feed and the item's key; the first N are
      the sample. Anybody can draw it again. The seed comes from the auditor, after the population
      was frozen: its digest stands in the package.

      Examples:
        vouch sample VM-02 --size 25 --seed "2026Q3 Example CPAs"
        vouch sample VM-02 --package northlight-ledger-soc2-2026-Q3.zip --size 25 --seed "…"
      """)
  @OptionGroup var options: WorkspaceOptions
  @OptionGroup var time: PeriodOptions
  @Option(
    name: .long,
    help: ArgumentHelp(
      "Draw from the population in this package, a folder or a zip, instead of the workspace's.",
      valueName: "path"))
  var package: String?
  @Option(name: .long, help: "How many items.")
  var size: Int
  @Option(name: .long, help: "The auditor's text.")
  var seed: String
  @Argument(help: "The control, for example VM-02.")
  var control: String

  func validate() throws {
    if size < 1 { throw ValidationError("--size has to be at least 1") }
  }

  func run() throws {
    let sample =
      try package.map {
        try Workspace.sample(control, package: $0, size: size, seed: seed)
      } ?? fromWorkspace()
    Terminal.error(
      "\(sample.drawn.count) of \(sample.population) items of \(control); SHA-256 of the population \(sample.digest)"
    )
    Terminal.write("number,item,sha256\r\n")
    for (index, item) in sample.drawn.enumerated() {
      Terminal.write("\(index + 1),\(CheckFormats.cell(item.key)),\(item.digest.hex)\r\n")
    }
  }

  private func fromWorkspace() throws -> DrawnSample {
    let workspace = try Workspace(path: options.workspace)
    guard workspace.configuration.engagement.adoptions.contains(where: { $0.control == control })
    else {
      throw Refusal(
        .noInput,
        Diagnostic(
          "control.none", .error, "control '\(control)' is not adopted",
          fix: "vouch check lists the adopted controls"))
    }
    return try workspace.sample(
      control, size: size, seed: seed, period: try workspace.period(time.period),
      asOf: try time.moment(in: workspace))
  }
}
