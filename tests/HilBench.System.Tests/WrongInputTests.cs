namespace HilBench.System.Tests;

public sealed class WrongInputTests
{
    private static readonly TestCaseData[] _wrongInput =
    [
        new TestCaseData(new string[] { "rnu" }, "Did you mean 'run'?").SetArgDisplayNames("misspelled command"),
        new TestCaseData(new string[] { "run", "--sede", "7" }, "Did you mean '--seed'?").SetArgDisplayNames("misspelled option"),
        new TestCaseData(new string[] { "run", "--seed", "-1" }, "'-1' is no seed").SetArgDisplayNames("negative seed"),
        new TestCaseData(new string[] { "run", "--repeat", "0" }, "--repeat").SetArgDisplayNames("no repeats"),
        new TestCaseData(new string[] { "run", "--device", "model:?fault=M99" }, "M99").SetArgDisplayNames("unknown fault"),
        new TestCaseData(new string[] { "run", "--device", "modle:" }, "modle").SetArgDisplayNames("unknown scheme"),
        new TestCaseData(new string[] { "run", "--device", "model:", "--suite", "conformence" }, "Did you mean 'conformance'?").SetArgDisplayNames("unknown suite"),
        new TestCaseData(new string[] { "run", "--device", "model:", "--profile", "linux-6.2" }, "linux-6.1").SetArgDisplayNames("unknown profile"),
        new TestCaseData(new string[] { "run", "--device", "model:", "--policy", "5k" }, "exact").SetArgDisplayNames("unknown policy"),
        new TestCaseData(new string[] { "run", "--device", "model:", "--filter", "no-such-*" }, "no scenario").SetArgDisplayNames("filter that matches nothing"),
        new TestCaseData(new string[] { "mutate", "--device", "lib:./nonsense.so" }, "nonsense").SetArgDisplayNames("faults of a library"),
        new TestCaseData(new string[] { "list", "ruels" }, "rules").SetArgDisplayNames("unknown list"),
        new TestCaseData(new string[] { "decode", "xyz" }, "'x' is not a hexadecimal digit").SetArgDisplayNames("no hexadecimal"),
        new TestCaseData(new string[] { "run", "--device", "usb:123:4567" }, "four hexadecimal digits").SetArgDisplayNames("USB ids too short"),
        new TestCaseData(new string[] { "run", "--device", "pcie:1:0" }, "pcie:0000:01:00.0").SetArgDisplayNames("no PCI function"),
        new TestCaseData(new string[] { "board-sim", "--usbip", "x" }, "is no port").SetArgDisplayNames("no USB/IP port"),
        new TestCaseData(new string[] { "board-sim", "--listen", "bar:" }, "names no file").SetArgDisplayNames("BAR without a file"),
        new TestCaseData(Array.Empty<string>(), "--help").SetArgDisplayNames("no command"),
    ];

    [TestCaseSource(nameof(_wrongInput))]
    public void Wrong_input_exits_2_with_a_message_that_helps(string[] arguments, string help)
    {
        var answer = Hilbench.Run(arguments);

        var expected = arguments is ["mutate", ..] ? (int[])[2, 3] : [2];
        Assert.That(answer.ExitCode, Is.AnyOf(expected.Cast<object>().ToArray()), answer.Error);
        Assert.That(answer.Error, Does.StartWith("hilbench: ").And.Contain(help));
        Assert.That(answer.Error, Does.Not.Contain("   at "), "no stack trace for a person's mistake");
        Assert.That(answer.Out, Is.Empty);
    }

    [Test]
    public void Typo_in_a_scenario_file_is_named_with_file_line_and_column()
    {
        using var folder = new TemporaryFolder();
        var file = folder["mine.yaml"];
        var original = Repository.Files("suites/smoke", "*.yaml").First();
        File.WriteAllText(file, Repository.Read(original) + "\nscenarois: 1\n");

        var answer = Hilbench.Run("run", "--device", "model:", "--suite", file);

        Assert.That(answer.ExitCode, Is.EqualTo(2), answer.Error);
        Assert.That(answer.Error, Does.Match(@"mine\.yaml:\d+:\d+: "));
    }
}
