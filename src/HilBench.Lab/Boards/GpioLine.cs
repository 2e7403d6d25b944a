using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using HilBench.Journal;
using HilBench.Lab.Native;
using Microsoft.Win32.SafeHandles;

namespace HilBench.Lab;

/// <summary>
/// A line of a GPIO chip, by the kernel's character device, version 2. It is asked for as it is, so that opening changes no level, and
/// becomes an output when it is switched. Source: Linux, include/uapi/linux/gpio.h.
/// </summary>
internal sealed unsafe class GpioLine : IGearLine
{
    private const string Advice = "Check the chip in the bench file (`gpiodetect`), and the right to open it.";
    private const nuint GetChipInfo = 0x8044B401;  // GPIO_GET_CHIPINFO_IOCTL
    private const nuint GetLineInfo = 0xC100B405;  // GPIO_V2_GET_LINEINFO_IOCTL
    private const nuint GetLine = 0xC250B407;      // GPIO_V2_GET_LINE_IOCTL
    private const nuint SetConfig = 0xC110B40D;    // GPIO_V2_LINE_SET_CONFIG_IOCTL
    private const nuint GetValues = 0xC010B40E;    // GPIO_V2_LINE_GET_VALUES_IOCTL
    private const ulong ActiveLow = 1 << 1;        // GPIO_V2_LINE_FLAG_ACTIVE_LOW
    private const ulong Output = 1 << 3;           // GPIO_V2_LINE_FLAG_OUTPUT
    private const uint OutputValues = 2;           // GPIO_V2_LINE_ATTR_ID_OUTPUT_VALUES
    private const int Busy = 16;                   // EBUSY
    private readonly LineEntry _entry;
    private readonly SafeFileHandle _line;

    private GpioLine(LineEntry entry, SafeFileHandle line) => (_entry, _line) = (entry, line);

    /// <summary>Takes a line.</summary>
    /// <exception cref="BenchException">Host or Permission: no such chip or line, or somebody holds it.</exception>
    public static GpioLine Open(LineEntry entry)
    {
        using var chip = CharacterDevice.Open(entry.Chip, Advice);
        var request = default(LineRequest);
        request.Offsets[0] = FindOffset(chip, entry);
        "hilbench"u8.CopyTo(new Span<byte>(request.Consumer, 32));
        request.Config.Flags = FlagsOf(entry, isOutput: false);
        request.Lines = 1;
#pragma warning disable CA2000 // the line owns the handle
        return LibC.ioctl(chip, GetLine, &request) >= 0
            ? new GpioLine(entry, new SafeFileHandle(request.Descriptor, ownsHandle: true))
            : throw NotTaken(entry, Marshal.GetLastPInvokeError());
#pragma warning restore CA2000
    }

    /// <inheritdoc/>
    public bool? Read()
    {
        var values = new LineValues { Mask = 1 };
        return LibC.ioctl(_line, GetValues, &values) >= 0
            ? (values.Bits & 1) != 0
            : throw new BenchException(BenchLayer.Board, $"{_entry} cannot be read: {LastError()}", Advice);
    }

    /// <inheritdoc/>
    public void Turn(bool isOn)
    {
        // Direction and level in one step: no pulse in between.
        var config = new LineConfig { Flags = FlagsOf(_entry, isOutput: true), Attributes = 1 };
        config.First.Id = OutputValues;
        config.First.Value = isOn ? 1UL : 0;
        config.First.Mask = 1;
        if (LibC.ioctl(_line, SetConfig, &config) < 0)
        {
            throw new BenchException(BenchLayer.Board, $"{_entry} cannot be switched: {LastError()}", Advice);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _line.Dispose();

    private static ulong FlagsOf(LineEntry entry, bool isOutput) => (entry.IsActiveLow ? ActiveLow : 0) | (isOutput ? Output : 0);

    private static uint FindOffset(SafeFileHandle chip, LineEntry entry)
    {
        if (uint.TryParse(entry.Line, NumberStyles.None, CultureInfo.InvariantCulture, out var offset))
        {
            return offset;
        }

        var about = default(ChipInfo);
        if (LibC.ioctl(chip, GetChipInfo, &about) < 0)
        {
            throw new BenchException(BenchLayer.Host, $"{entry.Chip} is no GPIO chip: {LastError()}", Advice);
        }

        for (var line = 0u; line < about.Lines; line++)
        {
            var info = new LineInfo { Offset = line };
            if (LibC.ioctl(chip, GetLineInfo, &info) >= 0
                && Encoding.UTF8.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(info.Name)) == entry.Line)
            {
                return line;
            }
        }

        throw new BenchException(BenchLayer.Host, $"{entry.Chip} has no line named '{entry.Line}'", "`gpioinfo` lists its lines.");
    }

    private static BenchException NotTaken(LineEntry entry, int error) => error == Busy
        ? new BenchException(BenchLayer.Permission, $"{entry} is held by another program", "`gpioinfo` names it.")
        : new BenchException(BenchLayer.Host, $"{entry} cannot be taken: {Marshal.GetPInvokeErrorMessage(error)}", Advice);

    private static string LastError() => Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError());

    /// <summary>struct gpiochip_info.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct ChipInfo
    {
        public fixed byte Name[32];
        public fixed byte Label[32];
        public uint Lines;
    }

    /// <summary>struct gpio_v2_line_info, 256 bytes.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct LineInfo
    {
        public fixed byte Name[32];
        public fixed byte Consumer[32];
        public uint Offset;
        public uint Attributes;
        public ulong Flags;
        public fixed ulong Attribute[20];
        public fixed uint Padding[4];
    }

    /// <summary>struct gpio_v2_line_config_attribute.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct ConfigAttribute
    {
        public uint Id;
        public uint Padding;
        public ulong Value;
        public ulong Mask;
    }

    /// <summary>struct gpio_v2_line_config, 272 bytes.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct LineConfig
    {
        public ulong Flags;
        public uint Attributes;
        public fixed uint Padding[5];
        public ConfigAttribute First;
        public fixed ulong Others[27];
    }

    /// <summary>struct gpio_v2_line_request, 592 bytes.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct LineRequest
    {
        public fixed uint Offsets[64];
        public fixed byte Consumer[32];
        public LineConfig Config;
        public uint Lines;
        public uint EventBuffer;
        public fixed uint Padding[5];
        public int Descriptor;
    }

    /// <summary>struct gpio_v2_line_values.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct LineValues
    {
        public ulong Bits;
        public ulong Mask;
    }
}
