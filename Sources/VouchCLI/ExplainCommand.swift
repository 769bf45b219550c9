import ArgumentParser
import Vouch
import VouchModel

struct ExplainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain",
    abstract: "Say what a control asks, how it is tested, and why it came out as it did.",
    discussion: """
      Example:
        vouch explain VM-02
      """)
  @OptionGroup var options: WorkspaceOptions
  @OptionGroup var time: PeriodOptions
  @Argument(help: "The control, for example VM-02.")
  var control: String

  func run() throws {
    let workspace = try Workspace(path: options.workspace)
    Terminal.out(
      try workspace.explain(
        control, period: try workspace.period(time.period), asOf: try time.moment(in: workspace)))
  }
}
