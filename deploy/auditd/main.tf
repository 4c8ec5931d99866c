# auditd, booted by tsboot (profile auditd)

variable "cluster" {
  description = "The cluster on whose instances the agent runs."
  type = string
  default = "default"
}

resource "aws_cloudwatch_log_group" "auditd" {
  name = "/ecs/auditd"
  retention_in_days = 30
}

resource "aws_iam_role" "auditd_task" {
  name = "auditd-task"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect = "Allow"
        Principal = {
          Service = "ecs-tasks.amazonaws.com"
        }
        Action = "sts:AssumeRole"
        Condition = {
          StringEquals = {
            "aws:SourceAccount" = "ACCOUNT"
          }
          ArnLike = {
            "aws:SourceArn" = "arn:aws:ecs:REGION:ACCOUNT:*"
          }
        }
      }
    ]
  })
}

resource "aws_iam_role_policy" "auditd_task" {
  name = "parameters"
  role = aws_iam_role.auditd_task.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid = "ReadPaths"
        Effect = "Allow"
        Action = ["ssm:GetParametersByPath"]
        Resource = ["arn:aws:ssm:REGION:ACCOUNT:parameter/auditd/prod"]
      }
    ]
  })
}

resource "aws_iam_role" "auditd_execution" {
  name = "auditd-execution"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect = "Allow"
        Principal = {
          Service = "ecs-tasks.amazonaws.com"
        }
        Action = "sts:AssumeRole"
        Condition = {
          StringEquals = {
            "aws:SourceAccount" = "ACCOUNT"
          }
          ArnLike = {
            "aws:SourceArn" = "arn:aws:ecs:REGION:ACCOUNT:*"
          }
        }
      }
    ]
  })
}

resource "aws_iam_role_policy" "auditd_execution" {
  name = "execution"
  role = aws_iam_role.auditd_execution.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid = "WriteLog"
        Effect = "Allow"
        Action = ["logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = ["arn:aws:logs:REGION:ACCOUNT:log-group:/ecs/auditd:*"]
      },
      {
        Sid = "PullImage"
        Effect = "Allow"
        Action = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
        Resource = ["arn:aws:ecr:REGION:ACCOUNT:repository/auditd"]
      },
      {
        Sid = "LogInToRegistry"
        Effect = "Allow"
        Action = ["ecr:GetAuthorizationToken"]
        Resource = ["*"]
      }
    ]
  })
}

resource "aws_ecs_task_definition" "auditd" {
  family = "auditd"
  requires_compatibilities = ["EC2"]
  pid_mode = "host"
  network_mode = "host"
  task_role_arn = aws_iam_role.auditd_task.arn
  execution_role_arn = aws_iam_role.auditd_execution.arn
  container_definitions = jsonencode([
    {
      name = "auditd"
      image = "ACCOUNT.dkr.ecr.REGION.amazonaws.com/auditd:1"
      essential = true
      memoryReservation = 64
      readonlyRootFilesystem = true
      command = ["--profile", "auditd", "--ssm-path", "/auditd/prod"]
      mountPoints = [
        {
          sourceVolume = "log"
          containerPath = "/var/log/audit"
          readOnly = false
        }
      ]
      linuxParameters = {
        capabilities = {
          add = ["AUDIT_CONTROL", "SYS_NICE"]
          drop = ["ALL"]
        }
        tmpfs = [
          {
            containerPath = "/etc/audit/tsboot"
            size = 16
            mountOptions = ["mode=0755"]
          },
          {
            containerPath = "/run/tsboot"
            size = 16
            mountOptions = ["mode=0755"]
          }
        ]
      }
      stopTimeout = 30
      healthCheck = {
        command = ["CMD", "/tsboot", "health"]
        interval = 30
        timeout = 10
        retries = 3
        startPeriod = 300
      }
      logConfiguration = {
        logDriver = "awslogs"
        options = {
          "awslogs-group" = aws_cloudwatch_log_group.auditd.name
          "awslogs-region" = "REGION"
          "awslogs-stream-prefix" = "auditd"
        }
      }
    }
  ])

  volume {
    name = "log"
    host_path = "/var/log/audit"
  }
}

resource "aws_ecs_service" "auditd" {
  name = "auditd"
  cluster = var.cluster
  scheduling_strategy = "DAEMON"
  task_definition = aws_ecs_task_definition.auditd.arn
  depends_on = [aws_iam_role_policy.auditd_task, aws_iam_role_policy.auditd_execution]
}
