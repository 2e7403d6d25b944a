namespace HilBench.Lab;

/// <summary>The gear that Linux gives: GPIO lines, I2C sensors, hardware monitoring, commands.</summary>
public sealed class LinuxGearBox : IGearBox
{
    /// <inheritdoc/>
    public IGearLine OpenLine(SwitchEntry entry) => entry switch
    {
        CommandEntry commands => new CommandSwitch(commands),
        LineEntry line => GpioLine.Open(line),
        _ => throw new ArgumentOutOfRangeException(nameof(entry), entry, "no switch that this gear box knows"),
    };

    /// <inheritdoc/>
#pragma warning disable CA2000 // the sensor owns its bus
    public IGearSensor OpenSensor(MonitorSource entry) => entry switch
    {
        HwmonSource source => new HwmonSensor(source),
        Ina219Source source => new Ina219Sensor(I2cBus.Open(source.Bus), source),
        Lm75Source source => new Lm75Sensor(I2cBus.Open(source.Bus), source),
        _ => throw new ArgumentOutOfRangeException(nameof(entry), entry, "no sensor that this gear box knows"),
    };
#pragma warning restore CA2000
}
